package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxTakes is how many newcomers at the end of their walks this peer opens arcs to
// at the same time.
const maxTakes = 16

// enter asks the rendezvous for a contact.
func (h *handler) enter(port protocols.Port) {
	if h.entering || h.leaving {
		return
	}
	h.entering = true
	port.Contacts(1)
}

func (h *handler) contacts(port protocols.Port, e messages.Contacts) {
	if !h.entering {
		return
	}
	for _, peer := range e.Peers {
		if peer != port.Self() && !h.linked(peer) && !port.View().Has(peer) {
			h.ask(port, request{kind: joinContact, peer: peer})
			return
		}
	}
	h.notNamed(port) // no peer is here yet, or only a neighbor
}

// notNamed handles a rendezvous that names no contact.
func (h *handler) notNamed(port protocols.Port) {
	h.entering, h.apart = false, false
	h.fill(port)
}

// notEntered handles a contact that is dead or has no place for us. Other peers may
// enter through us in the meantime. We still look for a contact then, or they and
// we would stay apart from the rest.
func (h *handler) notEntered(port protocols.Port) {
	h.entering, h.apart = false, true
	h.enterLater(port)
}

func (h *handler) entered(port protocols.Port, contact messages.PeerID) {
	h.entering, h.apart = false, false
	h.again.Succeeded()
	port.Count("joins", 1)
	port.Emit(Joined{contact})
}

// enterLater tries again after a wait that grows with each failure.
func (h *handler) enterLater(port protocols.Port) {
	if !h.entering && !h.leaving {
		h.again.Later(port, enterAgain{})
	}
}

func (h *handler) enterAgain(port protocols.Port) {
	h.again.Over()
	if h.lonely() || h.apart {
		h.enter(port)
	}
}

// meet looks for a contact when there is room and no peer but the neighbors is
// known. These may be a small group, apart from the rest.
func (h *handler) meet(port protocols.Port) {
	if h.places() > 0 && len(h.passive.entries) == 0 {
		h.apart = true
		h.enterLater(port)
	}
}

// lonely reports whether this peer has no neighbor and no link under way.
func (h *handler) lonely() bool { return len(h.active) == 0 && len(h.pending) == 0 }

// joins takes a newcomer in, and sends a walk through every other neighbor.
func (h *handler) joins(port protocols.Port, newcomer messages.PeerID) {
	known := slices.Contains(h.active, newcomer)
	switch {
	case known && !h.serve(newcomer):
		port.Count("ignored", 1)
		return
	case !known && !h.requested(port, newcomer, true):
		return
	}
	port.Count("joins_served", 1)
	for _, peer := range h.active {
		if peer != newcomer {
			port.Send(peer, forwardJoin{newcomer: newcomer, ttl: h.config.ARWL}.wire())
		}
	}
}

// requested grants a peer a place in the active view, or refuses it. A request of
// high priority always gets a place.
func (h *handler) requested(port protocols.Port, from messages.PeerID, high bool) bool {
	r := h.asked(from)
	switch {
	case port.View().In.Count(from) == 0, slices.Contains(h.active, from), r != nil && r.granted:
		port.Count("ignored", 1)
		return false
	case high && !h.serve(from), h.full() && !(high || r != nil && r.kind == take), h.full() && !h.displace(port):
		h.refuse(port, from)
		return false
	}
	port.Count("requests_granted", 1)
	h.dismiss(from)
	if r != nil { // we asked at the same time, and our arc is under way
		r.granted = true
		return true
	}
	h.ask(port, request{kind: back, peer: from, granted: true})
	return true
}

// forwardJoin takes a newcomer in at the end of its walk. Before the end it passes
// the walk on.
func (h *handler) forwardJoin(port protocols.Port, from messages.PeerID, m forwardJoin) {
	if m.newcomer == port.Self() || m.newcomer == from || !h.walk(port, from) {
		port.Count("ignored", 1)
		return
	}
	next, ok := h.next(port, from, m.newcomer)
	if m.ttl == 0 || len(h.active) == 1 || !ok {
		h.take(port, m.newcomer, behind(port.Self(), m.newcomer, m.path, from))
		return
	}
	if m.ttl == h.config.PRWL {
		h.learn(port, m.newcomer, nil, behind(port.Self(), m.newcomer, m.path, from))
	}
	port.Count("walks", 1)
	m.path, m.ttl = extend(port.Self(), m.path, from), m.ttl-1
	port.Send(next, m.wire())
}

// next draws the neighbor to which a walk goes on.
func (h *handler) next(port protocols.Port, not ...messages.PeerID) (messages.PeerID, bool) {
	others := slices.DeleteFunc(slices.Clone(h.active), func(p messages.PeerID) bool { return slices.Contains(not, p) })
	if len(others) == 0 {
		return messages.PeerID{}, false
	}
	return others[port.Rand().IntN(len(others))], true
}

// take makes a newcomer a neighbor. A neighbor loses its place only when the
// newcomer answers, so one that cannot be reached costs no place.
func (h *handler) take(port protocols.Port, newcomer messages.PeerID, via []messages.PeerID) {
	if h.linked(newcomer) || port.View().Has(newcomer) || h.count(take) >= maxTakes {
		return
	}
	port.Count("walks_ended", 1)
	h.ask(port, request{kind: take, peer: newcomer, via: via})
}

// learn takes a peer into the passive view.
func (h *handler) learn(port protocols.Port, peer messages.PeerID, first *[]messages.PeerID, via []messages.PeerID) {
	if peer != port.Self() && !slices.Contains(h.active, peer) {
		h.passive.add(port.Rand(), entry{peer, via}, first)
	}
}
