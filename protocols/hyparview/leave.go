package hyparview

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// leaveMargin is what is left of the time to leave when a peer stops relaying.
const leaveMargin = 100 * time.Millisecond

// leave tells the neighbors that this peer goes, and of each other: they link
// among themselves, and it relays for them meanwhile.
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
	if len(h.active) < 2 { // nobody is left to be linked
		port.Stop()
		return
	}
	h.active = nil
	port.After(max(0, e.Deadline.Sub(port.Now())-leaveMargin), leaveDue{})
}

// inherit learns of the neighbors of a neighbor that leaves, through which they
// can be reached still.
func (h *handler) inherit(port protocols.Port, leaver messages.PeerID, nodes []entry) {
	h.passive.remove(leaver)
	h.heirs = nil
	for _, n := range nodes {
		h.heirs = append(h.heirs, n.peer)
		h.learn(port, n.peer, nil, route(port.Self(), n.peer, []messages.PeerID{leaver}))
	}
}
