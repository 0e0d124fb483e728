package unicast

import (
	"fmt"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The commands of the protocol. Do not change payloads afterwards. ID is chosen by
// the caller and comes back in the event that ends the command.
type (
	// Send sends a payload to a neighbor.
	Send struct {
		ID      uint64
		To      messages.PeerID
		Payload []byte
	}
	// Multicast sends a payload once to each of several neighbors: those in To, at
	// most MaxTargets, or all neighbors of the protocol Over if To is nil.
	Multicast struct {
		ID      uint64
		To      []messages.PeerID
		Payload []byte
	}
	// Request sends a payload to a neighbor and asks for a reply within some time,
	// at most Config.MaxDeadline. 0: Config.Deadline.
	Request struct {
		ID      uint64
		To      messages.PeerID
		Payload []byte
		Within  time.Duration
	}
	// Reply answers the request of a Requested with this From and ID.
	Reply struct {
		To      messages.PeerID
		ID      uint64
		Payload []byte
	}
	// Reject rejects such a request. Text is for people, at most MaxText bytes.
	Reject struct {
		To     messages.PeerID
		ID     uint64
		Reason Reason
		Text   string
	}
)

// The events that the protocol emits.
type (
	// Received is a neighbor's message. Do not change Payload.
	Received struct {
		From    messages.PeerID
		Payload []byte
	}
	// Requested is a neighbor's request. From and ID identify it. Answer it with
	// Reply or Reject before Deadline.
	Requested struct {
		From     messages.PeerID
		ID       uint64
		Payload  []byte
		Deadline time.Time
	}
	// Answered ends a Request that succeeded.
	Answered struct {
		ID      uint64
		From    messages.PeerID
		Payload []byte
	}
	// Rejected ends a Request that the peer rejected.
	Rejected struct {
		ID     uint64
		From   messages.PeerID
		Reason Reason
		Text   string
	}
	// Sent answers a Send, Reply or Reject of a call that waits: it is on its way.
	Sent struct{}
	// Failed ends a command that failed for a peer. What is the command's name:
	// send, multicast, request, reply or reject, or empty for a message that is no
	// longer remembered. Err wraps a messages.Code.
	Failed struct {
		What string
		ID   uint64
		Peer messages.PeerID
		Err  error
	}
)

// MaxTargets is the most targets that a Multicast can list.
const MaxTargets = 1024

// handler is unicast on one peer.
type handler struct {
	config    Config
	asked     map[uint64]*asking // requests of this peer, by the id on the wire
	serves    map[question]*serving
	from      map[messages.PeerID]int // how many of serves each peer has
	sent      outbox
	congested protocols.Congestion
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Received:
		h.received(port, e)
	case messages.Told:
		h.command(port, e.From, e.Event)
	case messages.Failed:
		h.failed(port, e)
	case messages.Seen:
		h.seen(port, e)
	case messages.Congested:
		h.congested.Add(e.Peer)
	case messages.Drained:
		h.congested.Remove(e.Peer)
	case askDue:
		h.askDue(port, e.asking)
	case serveDue:
		h.serveDue(port, e.serving)
	case messages.Leaving:
		h.leave(port)
	default:
		h.command(port, "", e)
	}
}

// command does what the protocol by, or the peer's handle, asks for.
func (h *handler) command(port protocols.Port, by string, event any) {
	switch c := event.(type) {
	case Send:
		h.send(port, outgoing{"send", c.ID, c.To, by}, note, c.Payload)
	case Multicast:
		h.multicast(port, by, c)
	case Request:
		h.request(port, by, c)
	case Reply:
		h.reply(port, by, c)
	case Reject:
		h.reject(port, by, c)
	}
}

func fail(port protocols.Port, o outgoing, err error) {
	port.Count("failed", 1)
	protocols.Answer(port, o.by, Failed{What: o.what, ID: o.id, Peer: o.to, Err: fmt.Errorf("unicast: %s to %v: %w", o.what, o.to, err)})
}

// unfit returns an error if a payload cannot be sent to a peer now.
func (h *handler) unfit(to messages.PeerID, payload []byte) error {
	switch {
	case len(payload) > h.config.MaxPayload:
		return fmt.Errorf("payload of %d bytes: %w", len(payload), messages.ErrTooBig)
	case h.congested.Has(to):
		return messages.ErrFull
	}
	return nil
}

func (h *handler) send(port protocols.Port, o outgoing, message func([]byte) *Message, payload []byte) {
	if err := h.unfit(o.to, payload); err != nil {
		fail(port, o, err)
		return
	}
	port.Count("sent", 1)
	h.sent.add(port.Send(o.to, message(payload)), o)
	if protocols.Waits(o.by) {
		protocols.Answer(port, o.by, Sent{})
	}
}

func (h *handler) multicast(port protocols.Port, by string, c Multicast) {
	if len(c.To) > MaxTargets {
		fail(port, outgoing{what: "multicast", id: c.ID, by: by}, fmt.Errorf("%d targets: %w", len(c.To), messages.ErrTooBig))
		return
	}
	targets := c.To
	if targets == nil {
		targets = slices.Collect(port.ViewOf(h.config.Over).Peers())
	}
	message := note(c.Payload)
	for i, to := range targets {
		if !slices.Contains(targets[:i], to) {
			h.send(port, outgoing{"multicast", c.ID, to, by}, func([]byte) *Message { return message }, c.Payload)
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
	case *Note:
		port.Count("received", 1)
		port.Emit(Received{From: e.From, Payload: m.GetPayload()})
	case *Question:
		h.question(port, e.From, m)
	case *Answer:
		if a := h.awaited(port, e.From, m.GetId()); a != nil {
			protocols.Answer(port, a.by, Answered{ID: a.id, From: e.From, Payload: m.GetPayload()})
		}
	case *Rejection:
		if a := h.awaited(port, e.From, m.GetId()); a != nil {
			protocols.Answer(port, a.by, Rejected{ID: a.id, From: e.From, Reason: m.GetReason(), Text: m.GetText()})
		}
	}
}

// failed handles a message that is known not to have left.
func (h *handler) failed(port protocols.Port, e messages.Failed) {
	for _, a := range h.asking() {
		// Without a ticket, the peer says that it does not run the protocol.
		if a.ticket == e.Ticket || e.Ticket == 0 && a.to == e.Peer {
			h.endAsk(a)
			fail(port, a.outgoing, messages.CodeOf(e.Err))
			if e.Ticket != 0 {
				return
			}
		}
	}
	if e.Ticket != 0 {
		o, _ := h.sent.take(e.Ticket)
		o.to = e.Peer
		fail(port, o, messages.CodeOf(e.Err))
	}
}

// seen ends the requests that wait for a peer whose connection is lost.
func (h *handler) seen(port protocols.Port, e messages.Seen) {
	down, ok := e.Event.(messages.PeerDown)
	if !ok {
		return
	}
	h.congested.Remove(down.Peer)
	for _, a := range h.asking() {
		if a.to == down.Peer {
			h.endAsk(a)
			fail(port, a.outgoing, messages.ErrClosed)
		}
	}
	h.forget(down.Peer)
}

// leave tells the askers on either side that their requests end.
func (h *handler) leave(port protocols.Port) {
	for _, a := range h.asking() {
		h.endAsk(a)
		fail(port, a.outgoing, messages.ErrClosed)
	}
	for _, s := range h.serving() {
		h.endServe(s)
		port.Send(s.from, rejection(s.id, Reason_REASON_REFUSED, "the peer leaves"))
	}
	port.Stop()
}
