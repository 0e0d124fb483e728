package cyclon

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// leaveMargin is the time before the end of leaving at which waiting is given up.
const leaveMargin = 100 * time.Millisecond

// leave tells each holder of an arc to this peer of another peer to use instead. It
// then waits until they have opened their arcs.
func (h *handler) leave(port protocols.Port, e messages.Leaving) {
	h.leaving = true
	h.again.Stop()
	if h.began != nil {
		h.finish(h.began)
	}
	for holder := range port.View().In.All() {
		var instead *entry
		if drawn := h.view.sample(port.Rand(), 1, holder.Peer); len(drawn) > 0 {
			instead = drawn[0]
		}
		port.Send(holder.Peer, leaveMessage(instead))
	}
	port.After(max(0, e.Deadline.Sub(port.Now())-leaveMargin), leaveDue{})
	h.left(port)
}

// left ends the protocol when no peer holds an arc to us.
func (h *handler) left(port protocols.Port) {
	if h.leaving && port.View().In.Len() == 0 {
		port.Stop()
	}
}

// neighborLeaves opens an arc to the peer that replaces a leaving neighbor.
func (h *handler) neighborLeaves(port protocols.Port, from messages.PeerID, entries []entry) {
	leaver := h.view.find(from)
	if leaver == nil || leaver.in == &h.parting {
		port.Count("ignored", 1)
		return
	}
	if h.began != nil && h.began.peer == from && !h.began.replied {
		h.finish(h.began)
	}
	leaver.in = &h.parting
	for _, e := range entries {
		if !h.known(port, e.peer) {
			h.open(port, job{kind: openInstead, peer: e.peer, age: min(e.age, 2*h.config.View), replaces: true, leaver: from}, from)
			return
		}
	}
	h.drop(port, from)
	h.recover(port)
}
