package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// How many messages of walks are passed on or answered in a period: of one
// neighbor, and of how many neighbors.
const (
	maxWalks   = 256
	maxWalkers = 256
)

// walks counts the messages of walks that came from a neighbor.
type walks struct {
	peer  messages.PeerID
	count int
}

// serve reports whether a peer's Join or Neighbor of high priority may be taken:
// one of each in a period, as each can cost a neighbor its place.
func (h *handler) serve(peer messages.PeerID) bool {
	if len(h.served) >= h.config.MaxJoins || slices.Contains(h.served, peer) {
		return false
	}
	h.served = append(h.served, peer)
	return true
}

// walk reports whether one more message of a walk is taken from a neighbor.
func (h *handler) walk(port protocols.Port, from messages.PeerID) bool {
	return port.View().Has(from) && h.pass(from)
}

// pass is walk for what may also come from a peer that was a neighbor.
func (h *handler) pass(from messages.PeerID) bool {
	i := slices.IndexFunc(h.walked, func(w walks) bool { return w.peer == from })
	switch {
	case i >= 0 && h.walked[i].count >= maxWalks, i < 0 && len(h.walked) >= maxWalkers:
		return false
	case i < 0:
		h.walked = append(h.walked, walks{from, 1})
	default:
		h.walked[i].count++
	}
	return true
}
