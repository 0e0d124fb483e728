package spray

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// leaveMargin is the time before the end of leaving at which patching is given up.
const leaveMargin = 100 * time.Millisecond

// leave patches the arcs that end with this peer: it introduces their holders to
// its own neighbors, each arc with probability 1 − A/|view|. After a crash the
// holders would replace them with the same probability.
func (h *handler) leave(port protocols.Port, e messages.Leaving) {
	h.leaving = true
	h.again.Stop()
	for _, x := range []*exchange{h.began, h.serves} {
		if x != nil {
			h.cancel(port, x)
		}
	}
	view := port.View()
	targets := h.view.occurrences()
	if len(targets) > 0 {
		probability := 1 - h.config.A/float64(len(targets))
		for holder := range view.In.All() {
			port.Send(holder.Peer, leave())
			for range holder.Count {
				if port.Rand().Float64() < probability {
					h.patch(port, holder.Peer, targets)
				}
			}
		}
	}
	port.After(max(0, e.Deadline.Sub(port.Now())-leaveMargin), leaveDue{})
	h.left(port)
}

// patch introduces a holder of an arc to us to one of our neighbors.
func (h *handler) patch(port protocols.Port, holder messages.PeerID, targets []messages.PeerID) {
	others := slices.DeleteFunc(slices.Clone(targets), func(p messages.PeerID) bool { return p == holder })
	if len(others) == 0 {
		return
	}
	to := others[port.Rand().IntN(len(others))]
	h.begin(job{ticket: port.Introduce(holder, to), kind: patchJob, peer: holder})
}

// left ends the protocol once everything is patched.
func (h *handler) left(port protocols.Port) {
	if h.leaving && h.running(patchJob) == 0 {
		port.Stop()
	}
}

// neighborLeaves notes that a neighbor leaves and patches our arcs to it.
func (h *handler) neighborLeaves(port protocols.Port, from messages.PeerID) {
	if port.View().Has(from) && !slices.Contains(h.leavers, from) {
		h.leavers = append(h.leavers, from)
	}
}
