package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The bounds of the messages of walks that a peer passes on or answers in a period:
// the messages of one neighbor, and the number of neighbors.
const (
	maxWalks   = 256
	maxWalkers = 256
)

// walks is how many messages of walks came from a neighbor.
type walks struct {
	peer  messages.PeerID
	count int
}

// serve reports whether this peer may take another one's Join, or its Neighbor of
// high priority. Each can cost a neighbor its place, so a peer takes one of each
// sender in a period.
func (h *handler) serve(peer messages.PeerID) bool {
	if len(h.served) >= h.config.MaxJoins || slices.Contains(h.served, peer) {
		return false
	}
	h.served = append(h.served, peer)
	return true
}

// walk reports whether this peer takes one more message of a walk from a neighbor.
func (h *handler) walk(port protocols.Port, from messages.PeerID) bool {
	return port.View().Has(from) && h.pass(from)
}

// pass is walk for messages that a former neighbor may also send.
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
