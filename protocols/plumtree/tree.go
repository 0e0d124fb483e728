package plumtree

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// link is a neighbor and its queue of announcements.
type link struct {
	peer      messages.PeerID
	eager     bool
	congested bool
	queue     []announcement // at most maxAnnouncements
}

// find returns the link to a neighbor, or nil.
func (h *handler) find(peer messages.PeerID) *link {
	if i, ok := h.search(peer); ok {
		return h.links[i]
	}
	return nil
}

func (h *handler) search(peer messages.PeerID) (int, bool) {
	return slices.BinarySearchFunc(h.links, peer, func(l *link, p messages.PeerID) int { return l.peer.Compare(p) })
}

// seenArc follows the views of the overlay protocol below.
func (h *handler) seenArc(port protocols.Port, e messages.Seen) {
	if e.Protocol != h.config.Over {
		return
	}
	switch arc := e.Event.(type) {
	case messages.ArcOpened:
		h.arcOpened(port, arc.Peer)
	case messages.ArcClosed:
		if !port.ViewOf(h.config.Over).Has(arc.Peer) {
			h.down(port, arc.Peer)
		}
	case messages.PeerDown:
		h.down(port, arc.Peer)
	}
}

// arcOpened makes a link of arcs both ways. Arcs of one direction must last first.
func (h *handler) arcOpened(port protocols.Port, peer messages.PeerID) {
	view := port.ViewOf(h.config.Over)
	switch {
	case h.find(peer) != nil:
	case h.config.ArcDelay == 0, view.Out.Count(peer) > 0 && view.In.Count(peer) > 0:
		h.up(port, peer)
	case !slices.Contains(h.waiting, peer):
		h.waiting = append(h.waiting, peer)
		port.After(h.config.ArcDelay, arcDue{peer})
	}
}

func (h *handler) arcDue(port protocols.Port, peer messages.PeerID) {
	h.waiting = slices.DeleteFunc(h.waiting, func(p messages.PeerID) bool { return p == peer })
	if port.ViewOf(h.config.Over).Has(peer) {
		h.up(port, peer)
	}
}

// up makes a new neighbor an eager one (NeighborUp). It announces the latest
// messages to it, because it may have been cut off.
func (h *handler) up(port protocols.Port, peer messages.PeerID) {
	i, known := h.search(peer)
	if known {
		return
	}
	l := &link{peer: peer, eager: true}
	h.links = slices.Insert(h.links, i, l)
	port.Emit(TreeChanged{Peer: peer, Eager: true})
	h.expire(port)
	for m := range h.cache.All() {
		h.announce(port, l, m.announcement)
	}
}

// down forgets a neighbor (NeighborDown).
func (h *handler) down(port protocols.Port, peer messages.PeerID) {
	i, known := h.search(peer)
	if !known {
		return
	}
	h.missing.forget(peer)
	h.links = slices.Delete(h.links, i, i+1)
	port.Emit(TreeChanged{Peer: peer, Gone: true})
}

// set makes a link eager or lazy.
func (h *handler) set(port protocols.Port, peer messages.PeerID, eager bool) {
	if l := h.find(peer); l != nil && l.eager != eager {
		l.eager = eager
		port.Emit(TreeChanged{Peer: peer, Eager: eager})
	}
}

// graftFrom makes the link to a neighbor eager on both sides, and asks it for a
// message.
func (h *handler) graftFrom(port protocols.Port, peer messages.PeerID, i *id) {
	h.set(port, peer, true)
	port.Count("grafts", 1)
	port.Send(peer, graft{i}.wire())
}

// pruneTo makes the link to a neighbor lazy on both sides.
func (h *handler) pruneTo(port protocols.Port, peer messages.PeerID) {
	h.set(port, peer, false)
	port.Count("prunes", 1)
	port.Send(peer, prune{}.wire())
}

// grafted makes a link eager, and sends the message that the neighbor asks for.
func (h *handler) grafted(port protocols.Port, from messages.PeerID, m graft) {
	if h.find(from) == nil {
		port.Count("ignored", 1)
		return
	}
	h.set(port, from, true)
	if m.id == nil {
		return
	}
	h.expire(port)
	k := h.cache.index[*m.id]
	if k == nil || slices.Contains(k.sent, from) {
		port.Count("not_sent", 1)
		return
	}
	k.sent = append(k.sent, from)
	port.Count("repaired", 1)
	port.Send(from, k.gossip.wire())
}

func (h *handler) pruned(port protocols.Port, from messages.PeerID) {
	if h.find(from) == nil {
		port.Count("ignored", 1)
		return
	}
	h.set(port, from, false)
}

// optimize lets a lazy neighbor that was nearer to the origin replace the eager one
// (section 3.8).
func (h *handler) optimize(port protocols.Port, x *absent, hops uint32, from messages.PeerID) {
	if h.config.Threshold == 0 {
		return
	}
	for _, s := range x.sources {
		if s.peer != from && s.hops < hops && uint64(hops-s.hops) >= uint64(h.config.Threshold) && h.find(s.peer) != nil {
			port.Count("optimized", 1)
			h.graftFrom(port, s.peer, nil)
			h.pruneTo(port, from)
			return
		}
	}
}
