package hyparview

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// leaveMargin is the time before the end of leaving at which a peer stops relaying.
const leaveMargin = 100 * time.Millisecond

// leave tells the neighbors that this peer leaves, and tells them of each other.
// They link among themselves, and this peer relays for them meanwhile.
func (h *handler) leave(port protocols.Port, e messages.Leaving) {
	h.leaving = true
	h.again.Stop()
	for len(h.pending) > 0 {
		h.giveUp(port, h.pending[0])
	}
	var others []entry
	for _, peer := range h.active {
		others = append(others, entry{peer: peer})
	}
	for i, peer := range h.active {
		rest := append(append([]entry{}, others[:i]...), others[i+1:]...)
		port.Send(peer, disconnect{leaving: true, nodes: rest[:min(len(rest), maxNodes)]}.wire())
		port.Close(peer)
		port.Emit(NeighborDown{peer})
	}
	if len(h.active) < 2 { // there are no two neighbors to link
		port.Stop()
		return
	}
	h.active = nil
	port.After(max(0, e.Deadline.Sub(port.Now())-leaveMargin), leaveDue{})
}

// inherit notes the neighbors of a neighbor that leaves. Until it is gone, they can
// be reached through it.
func (h *handler) inherit(port protocols.Port, leaver messages.PeerID, nodes []entry) {
	h.passive.remove(leaver)
	h.heirs = nil
	for _, n := range nodes {
		h.heirs = append(h.heirs, n.peer)
		h.learn(port, n.peer, nil, route(port.Self(), n.peer, []messages.PeerID{leaver}))
	}
}
