package broadcast

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// ErrNotDelivered refuses a Publish that names a message to come after which was not
// delivered on this peer. It wraps messages.ErrRefused.
var ErrNotDelivered = messages.Coded(errors.New("not delivered here"), messages.ErrRefused)

// The commands and events of the protocol.
type (
	// Publish broadcasts Payload. It is delivered after the messages in After and
	// after what this peer published before. After lists at most 256 messages that
	// were delivered here. After nil stands for all messages that were delivered
	// here.
	Publish = messages.Publish
	// Delivered is emitted once for each broadcast on every peer, in causal order.
	Delivered = messages.Delivered
	// Refused is emitted for a Publish that broke a rule. Err wraps
	// messages.ErrTooBig or ErrNotDelivered.
	Refused = messages.PublishRefused
	// MessageID names a broadcast.
	MessageID = messages.MessageID
)

// handler is the broadcast on one peer.
type handler struct {
	config  Config
	started time.Time
	epoch   uint64
	seq     uint64
	vector  *vector
	// latest lists the messages after which our next one comes.
	latest    []MessageID
	queue     queue
	kept      kept
	debts     map[messages.PeerID]*debt
	impatient []messages.PeerID // the senders of messages that wait
	congested protocols.Congestion
}

func newHandler(config Config) *handler {
	return &handler{
		config: config, vector: newVector(config.Remember), queue: newQueue(), kept: newKept(config.Keep),
		debts: map[messages.PeerID]*debt{},
	}
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		h.start(port)
	case messages.Received:
		h.received(port, e)
	case messages.Seen:
		h.seenArc(port, e)
	case messages.Told:
		if publish, ok := e.Event.(Publish); ok {
			h.publish(port, e.From, publish)
		}
	case Publish:
		h.publish(port, "", e)
	case period:
		h.period(port)
	case overdue:
		h.overdue(port, e.from)
	case messages.Congested:
		h.congested.Add(e.Peer)
	case messages.Drained:
		h.drained(port, e.Peer)
	case messages.Leaving:
		port.Stop()
	}
}

func (h *handler) start(port protocols.Port) {
	h.started, h.epoch = port.Now(), port.Rand().Uint64()
	port.After(time.Duration(port.Rand().Float64()*float64(h.config.Period)), period{})
}

func (h *handler) publish(port protocols.Port, by string, p Publish) {
	if err := h.allowed(p); err != nil {
		refused := Refused{Publish: p, Err: fmt.Errorf("broadcast: %w", err)}
		port.Emit(refused)
		if protocols.Waits(by) {
			protocols.Answer(port, by, refused)
		}
		return
	}
	after := p.After
	if after == nil {
		after = h.latest
	}
	own := source{port.Self(), h.epoch}
	h.seq++
	m := flood{
		id: MessageID{Origin: own.origin, Epoch: own.epoch, Seq: h.seq}, payload: p.Payload,
		after: slices.DeleteFunc(slices.Clone(after), func(i MessageID) bool { return sourceOf(i) == own }),
	}
	port.Count("published", 1)
	h.deliver(port, m)
	h.forward(port, m, port.Self())
	if protocols.Waits(by) {
		protocols.Answer(port, by, messages.Published{ID: m.id})
	}
}

// allowed returns an error that names the rule that a Publish breaks, if there is
// one.
func (h *handler) allowed(p Publish) error {
	switch {
	case len(p.Payload) > h.config.MaxPayload:
		return fmt.Errorf("payload of %d bytes, at most %d: %w", len(p.Payload), h.config.MaxPayload, messages.ErrTooBig)
	case len(p.After) > maxAfter:
		return fmt.Errorf("after %d messages, at most %d: %w", len(p.After), maxAfter, messages.ErrTooBig)
	}
	for _, id := range p.After {
		if !h.covers(id) {
			return fmt.Errorf("after message %d of %s: %w", id.Seq, id.Origin, ErrNotDelivered)
		}
	}
	return nil
}

// forward passes a message on to all neighbors but the sender.
func (h *handler) forward(port protocols.Port, m flood, from messages.PeerID) {
	message := m.message()
	for peer := range port.ViewOf(h.config.Over).Peers() {
		if peer != from && !h.congested.Has(peer) {
			port.Send(peer, message)
			port.Count("forwarded", 1)
		}
	}
}

func (h *handler) received(port protocols.Port, e messages.Received) {
	body, err := validate(e.Message, h.config.MaxPayload)
	if err != nil {
		port.Count("ignored", 1)
		return
	}
	switch m := body.(type) {
	case flood:
		h.arrived(port, e.From, m)
	case have:
		h.offered(port, e.From, m)
	case want:
		h.wanted(port, e.From, m)
	case ask:
		h.asked(port, e.From, m)
	}
}

// arrived passes a new message on. It delivers it when all messages before it were
// delivered.
func (h *handler) arrived(port protocols.Port, from messages.PeerID, m flood) {
	delivered, known := h.delivered(sourceOf(m.id))
	switch {
	case h.covers(m.id) || h.queue.has(m.id):
		port.Count("duplicates", 1)
		return
	case known && !near(delivered, m.id.Seq):
		port.Count("ignored", 1)
		return
	}
	w := &waiting{flood: m, from: from, since: port.Now()}
	needs, more := h.need(w)
	switch {
	case !more:
		h.deliver(port, m)
		h.forward(port, m, from)
		h.settle(port, sourceOf(m.id))
	case !h.queue.fits(m, h.config.Keep):
		port.Count("dropped", 1) // it comes again by repair when there is space
	default:
		w.needs = needs
		h.queue.add(w)
		port.Count("waited", 1)
		h.forward(port, m, from)
		h.await(port, from)
	}
}

// seenArc compares our messages with those of a new neighbor.
func (h *handler) seenArc(port protocols.Port, e messages.Seen) {
	if e.Protocol != h.config.Over {
		return
	}
	switch arc := e.Event.(type) {
	case messages.ArcOpened:
		view := port.ViewOf(h.config.Over)
		if view.Out.Count(arc.Peer)+view.In.Count(arc.Peer) == 1 {
			h.congested.Remove(arc.Peer)
			if h.config.Window > 0 {
				h.ask(port, arc.Peer)
			}
		}
	case messages.PeerDown:
		h.congested.Remove(arc.Peer)
	}
}

// drained sends a neighbor that was congested the messages that it missed.
func (h *handler) drained(port protocols.Port, peer messages.PeerID) {
	h.congested.Remove(peer)
	h.asked(port, peer, ask{age: h.config.Window})
}
