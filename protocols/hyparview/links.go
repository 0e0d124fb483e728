package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// kind is the purpose of a link under way.
type kind uint8

const (
	joinContact kind = iota + 1 // asks a contact to take us in
	promote                     // asks a peer of the passive view
	take                        // takes the newcomer at the end of its walk
	back                        // our arc to a peer whose request we have granted
)

// request is a link under way. Our arc is being opened, or it is open and waits for
// the arc back.
type request struct {
	kind   kind
	peer   messages.PeerID
	ticket messages.Ticket // of the request to open the arc
	via    []messages.PeerID
	high   bool // of promote: high priority
	// The peer has asked for the link too, and has a place.
	granted bool
	timer   protocols.Timer // nil until the arc is open
}

// adopt takes over the arcs of a handler that panicked.
func (h *handler) adopt(port protocols.Port) {
	view := port.View()
	for peer := range view.Peers() {
		switch {
		case view.In.Count(peer) == 0:
			port.Close(peer)
		case view.Out.Count(peer) == 0:
			h.host(port, peer)
		default:
			h.active = append(h.active, peer)
		}
	}
}

// reconcile mends what does not agree with the view. Normally everything agrees.
func (h *handler) reconcile(port protocols.Port) {
	view := port.View()
	for _, peer := range slices.Clone(h.active) {
		if view.Out.Count(peer) == 0 || view.In.Count(peer) == 0 {
			port.Count("drift", 1)
			h.lose(port, peer, true)
		}
	}
	for a := range view.Out.All() {
		if !h.linked(a.Peer) {
			port.Count("drift", 1)
			port.Close(a.Peer)
		}
	}
}

// linked reports whether a peer is in the active view, or a link to it is under
// way.
func (h *handler) linked(peer messages.PeerID) bool {
	return slices.Contains(h.active, peer) || h.asked(peer) != nil
}

func (h *handler) asked(peer messages.PeerID) *request {
	for _, r := range h.pending {
		if r.peer == peer {
			return r
		}
	}
	return nil
}

// count returns the number of requests of a kind that have no place yet.
func (h *handler) count(k kind) int {
	n := 0
	for _, r := range h.pending {
		if r.kind == k && !r.granted {
			n++
		}
	}
	return n
}

// places returns the number of free places in the active view. A granted request has
// its place already.
func (h *handler) places() int {
	n := h.config.Active - len(h.active)
	for _, r := range h.pending {
		if r.granted {
			n--
		}
	}
	return n
}

func (h *handler) full() bool { return h.places() <= 0 }

// ask begins a link: it opens our arc to the peer.
func (h *handler) ask(port protocols.Port, r request) {
	r.ticket = port.Open(r.peer, r.via...)
	h.pending = append(h.pending, &r)
}

// end takes a request off the list.
func (h *handler) end(r *request) {
	h.pending = slices.DeleteFunc(h.pending, func(other *request) bool { return other == r })
	if r.timer != nil {
		r.timer.Stop()
	}
}

func (h *handler) byTicket(t messages.Ticket) *request {
	for _, r := range h.pending {
		if r.ticket == t && r.timer == nil {
			return r
		}
	}
	return nil
}

// establish takes a peer into the active view when both arcs are there.
func (h *handler) establish(port protocols.Port, r *request) {
	h.end(r)
	h.dismiss(r.peer)
	if h.full() && (r.kind == promote && !r.high || !h.displace(port)) {
		h.host(port, r.peer)
		port.Close(r.peer)
		h.denied(port, r)
		return
	}
	h.active = append(h.active, r.peer)
	h.quiet = 0 // what comes through the new neighbor will tell
	h.passive.remove(r.peer)
	port.Count("links", 1)
	port.Emit(NeighborUp{r.peer})
	if r.kind == joinContact {
		h.entered(port, r.peer)
	}
	if h.full() {
		h.settleFor(port)
	}
}

// settleFor gives up the requests that no longer have room.
func (h *handler) settleFor(port protocols.Port) {
	for _, r := range slices.Clone(h.pending) {
		if r.kind == promote && !r.granted {
			h.giveUp(port, r)
		}
	}
}

// giveUp ends a request of ours.
func (h *handler) giveUp(port protocols.Port, r *request) {
	h.end(r)
	if port.View().In.Count(r.peer) > 0 {
		h.host(port, r.peer)
	}
	if r.timer != nil || port.View().Out.Count(r.peer) > 0 {
		port.Close(r.peer)
	} // otherwise it is closed when it opens
}

// displace makes room: a peer drawn at random moves from the active view to the
// passive view.
func (h *handler) displace(port protocols.Port) bool {
	if len(h.active) == 0 {
		return false
	}
	peer := h.active[port.Rand().IntN(len(h.active))]
	port.Count("displaced", 1)
	port.Send(peer, disconnect{}.wire())
	h.lose(port, peer, true)
	return true
}

// lose takes a peer out of the active view and ends our arc to it. A living peer
// goes to the passive view.
func (h *handler) lose(port protocols.Port, peer messages.PeerID, lives bool) {
	h.active = slices.DeleteFunc(h.active, func(p messages.PeerID) bool { return p == peer })
	view := port.View()
	if view.Out.Count(peer) > 0 {
		port.Close(peer)
	}
	if view.In.Count(peer) > 0 {
		h.host(port, peer)
	}
	port.Emit(NeighborDown{peer})
	if lives {
		h.passive.add(port.Rand(), entry{peer: peer}, nil)
	}
}

// requestDue takes a peer that has not answered in time for down.
func (h *handler) requestDue(port protocols.Port, r *request) {
	if !slices.Contains(h.pending, r) {
		return
	}
	port.Count("requests_timed_out", 1)
	h.giveUp(port, r)
	h.passive.remove(r.peer)
	h.denied(port, r)
}

// denied goes on after a request that failed.
func (h *handler) denied(port protocols.Port, r *request) {
	if r.kind == joinContact {
		h.notEntered(port)
	}
	h.fill(port)
}

// refuse ends the arcs of a peer whose request is refused.
func (h *handler) refuse(port protocols.Port, peer messages.PeerID) {
	port.Count("requests_refused", 1)
	h.dismiss(peer)
	if r := h.asked(peer); r != nil {
		h.end(r)
		h.dismiss(peer)
		if port.View().Out.Count(peer) > 0 {
			port.Close(peer)
		}
	}
	port.Drop(peer)
}
