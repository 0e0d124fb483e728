package pushsum

import (
	"fmt"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// What the protocol is told, and what it emits.
type (
	// Set replaces this peer's input, from the next epoch on.
	Set struct{ Input float64 }
	// Refused is emitted for a Set outside of Least to Most.
	Refused struct{ Err error }
	// Ask is answered by an Estimate that is not Final.
	Ask struct{}
	// Estimate is what a peer holds: the average is Sum/Weight. Final ones are
	// emitted at the end of each epoch. Rounds are those that the peer took part in;
	// who entered late, or had no neighbour, knows less.
	Estimate struct {
		Epoch       uint64
		Sum, Weight float64
		Rounds      int
		Final       bool
	}
)

// Average is the estimate of the average of all inputs.
func (e Estimate) Average() float64 { return e.Sum / e.Weight }

// String is what a lab and a transcript show.
func (e Estimate) String() string {
	so := " so far"
	if e.Final {
		so = ""
	}
	return fmt.Sprintf("average %.4g in epoch %d%s: sum %v, weight %v, %d rounds", e.Average(), e.Epoch, so, e.Sum, e.Weight, e.Rounds)
}

// round is the timer's event.
type round struct{}

type handler struct {
	config Config
	input  float64
	held   share
	rounds int
	// sent is the last share that was sent, to be taken back if it did not leave.
	sent   share
	ticket messages.Ticket
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		h.start(port)
	case round:
		h.round(port)
	case messages.Received:
		h.received(port, e)
	case messages.Failed:
		h.failed(port, e)
	case messages.Told:
		h.told(port, e.Event)
	case messages.Leaving:
		h.leave(port)
	}
}

func (h *handler) start(port protocols.Port) {
	h.begin(h.epoch(port.Now()))
	port.After(time.Duration(port.Rand().Int64N(int64(h.config.Period))), round{})
}

// epoch is the one of an instant.
func (h *handler) epoch(at time.Time) uint64 {
	return uint64(max(0, at.UnixNano()) / int64(h.config.Epoch()))
}

// begin begins an epoch, with this peer's input.
func (h *handler) begin(epoch uint64) {
	h.held, h.rounds = share{epoch, h.input, 1}, 0
}

// advance goes on to a later epoch, and tells what came of the one before.
func (h *handler) advance(port protocols.Port, epoch uint64) {
	if epoch > h.held.epoch {
		port.Emit(h.estimate(true))
		h.begin(epoch)
	}
}

func (h *handler) estimate(final bool) Estimate {
	return Estimate{h.held.epoch, h.held.sum, h.held.weight, h.rounds, final}
}

// round sends half of what is held to one neighbour.
func (h *handler) round(port protocols.Port) {
	port.After(h.config.Period, round{})
	h.advance(port, h.epoch(port.Now()))
	if h.give(port, 0.5) {
		h.rounds++
	}
}

// give sends a part of what is held to a neighbour drawn at random, if there is one.
func (h *handler) give(port protocols.Port, part float64) bool {
	neighbors := slices.Collect(port.ViewOf(h.config.Over).Peers())
	if len(neighbors) == 0 {
		return false
	}
	h.sent = share{h.held.epoch, h.held.sum * part, h.held.weight * part}
	h.held.sum -= h.sent.sum
	h.held.weight -= h.sent.weight
	h.ticket = port.Send(neighbors[port.Rand().IntN(len(neighbors))], h.sent.message())
	return true
}

// received adds a share. One of the next epoch begins it here, if its sender's
// clock can be right.
func (h *handler) received(port protocols.Port, e messages.Received) {
	s, err := h.config.validate(e.Message)
	if err != nil || h.held.weight+s.weight > float64(h.config.MaxPeers) {
		port.Count("rejected", 1)
		return
	}
	if s.epoch <= h.epoch(port.Now().Add(h.config.Skew)) {
		h.advance(port, s.epoch)
	}
	if s.epoch != h.held.epoch {
		port.Count("other_epoch", 1)
		return
	}
	h.add(s)
}

func (h *handler) add(s share) {
	h.held.sum += s.sum
	h.held.weight += s.weight
}

// failed takes back a share that did not leave.
func (h *handler) failed(port protocols.Port, e messages.Failed) {
	if e.Ticket == h.ticket && h.sent.epoch == h.held.epoch {
		h.add(h.sent)
		h.ticket = 0
		port.Count("taken_back", 1)
	}
}

func (h *handler) told(port protocols.Port, event any) {
	switch e := event.(type) {
	case Ask:
		port.Emit(h.estimate(false))
	case Set:
		if err := h.config.checkInput(e.Input); err != nil {
			port.Emit(Refused{err})
			return
		}
		h.input = e.Input
	}
}

// leave hands over all that is held.
func (h *handler) leave(port protocols.Port) {
	h.give(port, 1)
	port.Stop()
}
