package broadcast

import (
	"fmt"
	"math"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// What the protocol is told, and what it emits.
type (
	// Publish broadcasts a payload.
	Publish = messages.Publish
	// Delivered is emitted once for each broadcast on every peer.
	Delivered = messages.Delivered
	// Refused is emitted for a Publish that broke a rule. Err wraps messages.ErrTooBig.
	Refused = messages.PublishRefused
)

// handler is the broadcast on one peer.
type handler struct {
	config    Config
	epoch     uint64
	seq       uint64
	seen      *seen
	recent    recent
	congested []messages.PeerID
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		h.epoch = port.Rand().Uint64()
	case messages.Received:
		h.received(port, e)
	case messages.Seen:
		h.seenArc(port, e)
	case messages.Told:
		if publish, ok := e.Event.(Publish); ok {
			h.publish(port, publish)
		}
	case Publish:
		h.publish(port, e)
	case messages.Congested:
		h.congest(e.Peer)
	case messages.Drained:
		h.drained(port, e.Peer)
	case messages.Leaving:
		port.Stop()
	}
}

func (h *handler) publish(port protocols.Port, p Publish) {
	if len(p.Payload) > h.config.MaxPayload {
		port.Emit(Refused{Publish: p, Err: fmt.Errorf("broadcast: payload of %d bytes: %w", len(p.Payload), messages.ErrTooBig)})
		return
	}
	h.seq++
	port.Count("published", 1)
	h.deliver(port, id{port.Self(), h.epoch, h.seq}, 0, p.Payload, port.Self())
}

// deliver emits a message if it is new, and passes it on to all neighbors but
// the one it came from.
func (h *handler) deliver(port protocols.Port, i id, hops uint32, payload []byte, from messages.PeerID) bool {
	if !h.seen.add(i) {
		port.Count("duplicates", 1)
		return false
	}
	port.Count("delivered", 1)
	h.expire(port)
	h.recent.add(&kept{id: i, at: port.Now(), hops: hops, payload: payload}, h.config.Keep)
	port.Emit(Delivered{Origin: i.origin, Seq: i.seq, Payload: payload, Hops: int(hops)})

	message := flood(i, next(hops), payload)
	for peer := range port.ViewOf(h.config.Over).Peers() {
		if peer != from && !slices.Contains(h.congested, peer) {
			port.Send(peer, message)
			port.Count("forwarded", 1)
		}
	}
	return true
}

func next(hops uint32) uint32 {
	if hops == math.MaxUint32 {
		return hops
	}
	return hops + 1
}

func (h *handler) received(port protocols.Port, e messages.Received) {
	body, ids, err := validate(e.Message, h.config.MaxPayload)
	if err != nil {
		port.Count("ignored", 1)
		return
	}
	switch m := body.(type) {
	case *Flood:
		h.deliver(port, ids[0], m.GetHops(), m.GetPayload(), e.From)
	case *Have:
		h.offered(port, e.From, ids)
	case *Want:
		h.asked(port, e.From, ids)
	}
}

// seenArc offers what came lately to a new neighbor.
func (h *handler) seenArc(port protocols.Port, e messages.Seen) {
	if e.Protocol != h.config.Over {
		return
	}
	switch arc := e.Event.(type) {
	case messages.ArcOpened:
		view := port.ViewOf(h.config.Over)
		if view.Out.Count(arc.Peer)+view.In.Count(arc.Peer) == 1 {
			h.relieve(arc.Peer)
			h.offer(port, arc.Peer)
		}
	case messages.PeerDown:
		h.relieve(arc.Peer)
	}
}

func (h *handler) expire(port protocols.Port) { h.recent.expire(port.Now().Add(-h.config.Window)) }

func (h *handler) offer(port protocols.Port, peer messages.PeerID) {
	h.expire(port)
	if len(h.recent.messages) == 0 || h.config.Window == 0 {
		return
	}
	ids := make([]*ID, len(h.recent.messages))
	for i, m := range h.recent.messages {
		ids[i] = m.id.wire()
	}
	port.Count("offers", 1)
	port.Send(peer, have(ids))
}

// offered asks for what we lack.
func (h *handler) offered(port protocols.Port, from messages.PeerID, ids []id) {
	var lacking []*ID
	for _, i := range ids {
		if !h.seen.has(i) {
			lacking = append(lacking, i.wire())
		}
	}
	if len(lacking) > 0 {
		port.Count("wanted", float64(len(lacking)))
		port.Send(from, want(lacking))
	}
}

// asked sends what a neighbor lacks, each message once.
func (h *handler) asked(port protocols.Port, from messages.PeerID, ids []id) {
	h.expire(port)
	for _, i := range ids {
		m := h.recent.index[i]
		if m == nil || slices.Contains(m.asked, from) {
			port.Count("not_sent", 1)
			continue
		}
		m.asked = append(m.asked, from)
		port.Send(from, flood(m.id, next(m.hops), m.payload))
		port.Count("repaired", 1)
	}
}

func (h *handler) congest(peer messages.PeerID) {
	if !slices.Contains(h.congested, peer) {
		h.congested = append(h.congested, peer)
	}
}

func (h *handler) relieve(peer messages.PeerID) {
	h.congested = slices.DeleteFunc(h.congested, func(p messages.PeerID) bool { return p == peer })
}

// drained makes up for what a congested neighbor was not sent.
func (h *handler) drained(port protocols.Port, peer messages.PeerID) {
	h.relieve(peer)
	h.offer(port, peer)
}
