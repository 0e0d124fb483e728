package plumtree

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// announce queues an announcement for a neighbor. A full queue is sent at once. To
// a congested neighbor nothing is sent, and the oldest announcement is dropped.
func (h *handler) announce(port protocols.Port, l *link, a announcement) {
	l.queue = append(l.queue, a)
	switch {
	case l.congested && len(l.queue) > maxAnnouncements:
		l.queue = l.queue[1:]
		port.Count("not_announced", 1)
	case l.congested:
	case h.config.AnnounceDelay == 0 || len(l.queue) == maxAnnouncements:
		h.flush(port, l)
	case !h.announcing:
		h.announcing = true
		port.After(h.config.AnnounceDelay, announceDue{})
	}
}

// flush sends the queued announcements to a neighbor.
func (h *handler) flush(port protocols.Port, l *link) {
	if len(l.queue) == 0 || l.congested {
		return
	}
	port.Count("announced", float64(len(l.queue)))
	port.Send(l.peer, iHave{l.queue}.wire())
	l.queue = nil
}

func (h *handler) announceDue(port protocols.Port) {
	h.announcing = false
	for _, l := range h.links {
		h.flush(port, l)
	}
}

// announced notes the messages that a neighbor has and we lack. They may be on
// their way already, so we ask for one only if it does not come in time.
func (h *handler) announced(port protocols.Port, from messages.PeerID, m iHave) {
	if h.find(from) == nil {
		port.Count("ignored", 1)
		return
	}
	for _, a := range m.announcements {
		if h.seen.has(a.id) {
			continue
		}
		switch x, ok := h.missing.add(a, from); {
		case !ok:
			port.Count("announcements_ignored", 1)
		case x != nil:
			x.timer = port.After(h.config.IHaveTimeout, absentDue{x})
		}
	}
}

// absentDue asks the next neighbor that announced a message for it, because it has
// not come.
func (h *handler) absentDue(port protocols.Port, x *absent) {
	if h.missing.index[x.id] != x {
		return
	}
	if len(x.sources) == 0 {
		h.missing.remove(x)
		port.Count("missed", 1)
		return
	}
	peer := x.sources[0].peer
	x.sources = x.sources[1:]
	x.timer = port.After(h.config.GraftTimeout, absentDue{x})
	h.graftFrom(port, peer, &x.id)
}

// congest notes that a neighbor is congested. It gets announcements later instead
// of messages.
func (h *handler) congest(peer messages.PeerID) {
	if l := h.find(peer); l != nil {
		l.congested = true
	}
}

func (h *handler) drained(port protocols.Port, peer messages.PeerID) {
	if l := h.find(peer); l != nil && l.congested {
		l.congested = false
		h.flush(port, l)
	}
}
