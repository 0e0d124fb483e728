package cyclon

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// walksEach is how many steps of walks a peer takes in a period, for each slot of
// its view.
const walksEach = 32

// refill renews the allowance of newcomers for a period. Half a view of replaced
// entries is enough for a network that doubles every second period.
func (h *handler) refill() {
	h.walks, h.replaced = walksEach*h.config.View, (h.config.View+1)/2
}

// walk takes one step of a newcomer's random walk.
func (h *handler) walk(port protocols.Port, from messages.PeerID, w walk) {
	if port.View().In.Count(from) == 0 || w.newcomer == port.Self() || h.walks == 0 {
		port.Count("walks_lost", 1)
		return
	}
	h.walks--
	w.hops--
	w.path = shorten(append([]messages.PeerID{from}, w.path...), port.Self(), w.newcomer)
	if w.hops == 0 || len(w.path) == messages.MaxRoute || !h.pass(port, w) {
		h.arrived(port, w.newcomer, w.path)
	}
}

// shorten cuts circles off a path from self to the newcomer.
func shorten(path []messages.PeerID, self, newcomer messages.PeerID) []messages.PeerID {
	path = path[slices.Index(path, self)+1:]
	if i := slices.Index(path, newcomer); i >= 0 {
		path = path[:i]
	}
	return path
}

// pass sends a walk on to a peer drawn from the view. It returns false if there is
// none.
func (h *handler) pass(port protocols.Port, w walk) bool {
	var next []messages.PeerID
	for _, e := range h.view.entries {
		if e.peer != w.newcomer {
			next = append(next, e.peer)
		}
	}
	if len(next) == 0 {
		return false
	}
	port.Send(next[port.Rand().IntN(len(next))], walkMessage(w))
	return true
}

// arrived ends a walk at this peer: it opens an arc to the newcomer, back along the
// path of the walk.
func (h *handler) arrived(port protocols.Port, newcomer messages.PeerID, path []messages.PeerID) {
	replaces := h.empty() <= 0
	if h.known(port, newcomer) || replaces && h.replaced == 0 {
		port.Count("walks_lost", 1)
		return
	}
	if replaces {
		h.replaced--
	}
	h.open(port, job{kind: openNewcomer, peer: newcomer, replaces: replaces}, path...)
}

// welcome hands an entry over to a newcomer. If the view is full, the newcomer's
// own entry replaces it.
func (h *handler) welcome(port protocols.Port, j job) {
	given := h.view.sample(port.Rand(), 1, j.peer)
	if len(given) == 0 {
		return
	}
	port.Count("newcomers", 1)
	port.Send(j.peer, handoverMessage(given[0]))
	if h.view.size() > h.config.View {
		h.drop(port, given[0].peer)
	}
}

// handover takes an entry that the end of one of our walks gives us. It may fill an
// empty slot, but replaces nothing.
func (h *handler) handover(port protocols.Port, from messages.PeerID, e entry) {
	if port.View().In.Count(from) == 0 || h.handovers == 0 || h.empty() <= 0 || h.known(port, e.peer) {
		port.Count("handovers_ignored", 1)
		return
	}
	h.handovers--
	h.open(port, job{kind: openHandover, peer: e.peer, age: min(e.age, 2*h.config.View)}, from)
}
