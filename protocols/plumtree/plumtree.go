package plumtree

import (
	"errors"
	"fmt"
	"math"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// ErrNoOrder refuses a Publish that names messages to come after: the tree keeps no
// order. It wraps messages.ErrRefused.
var ErrNoOrder = messages.Coded(errors.New("messages are delivered in no particular order: publish without After, or by package broadcast"), messages.ErrRefused)

// TreeChanged is emitted beside messages.Delivered and messages.PublishRefused. It
// tells that the link to a neighbor is now eager or lazy, or that it is Gone.
type TreeChanged struct {
	Peer        messages.PeerID
	Eager, Gone bool
}

// The timer events.
type (
	announceDue struct{}
	absentDue   struct{ absent *absent }
	arcDue      struct{ peer messages.PeerID }
)

// handler is Plumtree on one peer.
type handler struct {
	config     Config
	epoch      uint64
	seq        uint64
	seen       *seen
	cache      cache
	missing    missing
	links      []*link           // in PeerID order
	waiting    []messages.PeerID // neighbors with arcs of one direction, until arcDue
	announcing bool              // announceDue is pending
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
		if publish, ok := e.Event.(messages.Publish); ok {
			h.publish(port, e.From, publish)
		}
	case messages.Publish:
		h.publish(port, "", e)
	case announceDue:
		h.announceDue(port)
	case absentDue:
		h.absentDue(port, e.absent)
	case arcDue:
		h.arcDue(port, e.peer)
	case messages.Congested:
		h.congest(e.Peer)
	case messages.Drained:
		h.drained(port, e.Peer)
	case messages.Leaving:
		port.Stop()
	}
}

func (h *handler) start(port protocols.Port) {
	h.epoch = port.Rand().Uint64()
	for peer := range port.ViewOf(h.config.Over).Peers() {
		h.up(port, peer)
	}
}

func (h *handler) publish(port protocols.Port, by string, p messages.Publish) {
	if err := h.allowed(p); err != nil {
		refused := messages.PublishRefused{Publish: p, Err: fmt.Errorf("plumtree: %w", err)}
		port.Emit(refused)
		if protocols.Waits(by) {
			protocols.Answer(port, by, refused)
		}
		return
	}
	h.seq++
	port.Count("published", 1)
	h.deliver(port, gossip{announcement{id{port.Self(), h.epoch, h.seq}, 0}, p.Payload}, port.Self())
	if protocols.Waits(by) {
		protocols.Answer(port, by, messages.Published{ID: messages.MessageID{Origin: port.Self(), Epoch: h.epoch, Seq: h.seq}})
	}
}

// allowed returns an error that names the rule that a Publish breaks, if there is
// one.
func (h *handler) allowed(p messages.Publish) error {
	switch {
	case len(p.Payload) > h.config.MaxPayload:
		return fmt.Errorf("payload of %d bytes, at most %d: %w", len(p.Payload), h.config.MaxPayload, messages.ErrTooBig)
	case len(p.After) > 0:
		return ErrNoOrder
	}
	return nil
}

// deliver emits a new message and passes it on. Eager neighbors get the message,
// lazy ones an announcement.
func (h *handler) deliver(port protocols.Port, m gossip, from messages.PeerID) {
	h.seen.add(m.id)
	port.Count("delivered", 1)
	port.Emit(messages.Delivered{
		Origin: m.id.origin, Epoch: m.id.epoch, Seq: m.id.seq, Payload: m.payload, Hops: int(m.hops),
	})
	if m.hops < math.MaxUint32 {
		m.hops++
	}
	h.expire(port)
	h.cache.add(m, port.Now())
	wire := m.wire()
	for _, l := range h.links {
		switch {
		case l.peer == from:
		case l.eager && !l.congested:
			port.Count("forwarded", 1)
			port.Send(l.peer, wire)
		default:
			h.announce(port, l, m.announcement)
		}
	}
}

func (h *handler) expire(port protocols.Port) { h.cache.Expire(port.Now().Add(-h.config.Window)) }

func (h *handler) received(port protocols.Port, e messages.Received) {
	body, err := validate(e.Message, h.config.MaxPayload)
	if err != nil {
		port.Count("ignored", 1)
		return
	}
	switch m := body.(type) {
	case gossip:
		h.gossip(port, e.From, m)
	case iHave:
		h.announced(port, e.From, m)
	case graft:
		h.grafted(port, e.From, m)
	case prune:
		h.pruned(port, e.From)
	}
}

// gossip takes a message from a neighbor. The first neighbor that brings it is
// eager. One that brings it again is not.
func (h *handler) gossip(port protocols.Port, from messages.PeerID, m gossip) {
	if h.seen.has(m.id) {
		port.Count("duplicates", 1)
		if h.find(from) != nil {
			h.pruneTo(port, from)
		}
		return
	}
	x := h.missing.index[m.id]
	if x != nil {
		h.missing.remove(x)
	}
	h.set(port, from, true)
	h.deliver(port, m, from)
	if x != nil {
		h.optimize(port, x, m.hops, from)
	}
}
