package tman

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// job is an arc that is being opened or closed.
type job struct {
	ticket messages.Ticket
	peer   messages.PeerID
}

func has(jobs []job, peer messages.PeerID) bool {
	return slices.ContainsFunc(jobs, func(j job) bool { return j.peer == peer })
}

// arrange opens arcs to those of the View best that there is none to. Up to as many
// arcs more are held until trim, so that the old ones stay until there are better.
func (h *handler) arrange(port protocols.Port) {
	if h.leaving {
		return
	}
	now, out, reachable := port.Now(), port.View().Out, h.reachable(port)
	best := h.rank(h.own, func(e entry) bool { return reachable(e) && !h.blocked.has(e.Peer, now) })
	for _, d := range best[:min(h.config.View, len(best))] {
		if out.Distinct()+len(h.opening) >= 2*h.config.View {
			return
		}
		if out.Count(d.Peer) == 0 && !has(h.opening, d.Peer) {
			h.open(port, d.Peer)
		}
	}
}

func (h *handler) open(port protocols.Port, peer messages.PeerID) {
	var via []messages.PeerID
	if !h.neighbor(port, peer) {
		via = slices.Clone(h.known.get(peer).route)
	}
	h.opening = append(h.opening, job{port.Open(peer, via...), peer})
}

// trim closes the arcs to those that rank worst, as many as are too many. That is
// done once a period: two that take turns in ranking better flap no faster, and on
// a connection that lingers an arc costs one message.
func (h *handler) trim(port protocols.Port) {
	out := port.View().Out
	for a := range out.All() {
		if h.known.get(a.Peer) == nil && out.Distinct() > h.config.View {
			h.close(port, a.Peer) // nobody knows what it is for
		}
	}
	held := h.rank(h.own, func(e entry) bool { return out.Count(e.Peer) > 0 && !has(h.closing, e.Peer) })
	for _, d := range held[min(h.config.View, len(held)):] {
		h.close(port, d.Peer)
	}
}

// close closes the arc to a peer, if there is one.
func (h *handler) close(port protocols.Port, peer messages.PeerID) {
	if port.View().Out.Count(peer) > 0 && !has(h.closing, peer) {
		h.closing = append(h.closing, job{port.Close(peer), peer})
	}
}

func (h *handler) arcOpened(port protocols.Port, e messages.ArcOpened) {
	if e.Dir == messages.In {
		return
	}
	h.opening = slices.DeleteFunc(h.opening, func(j job) bool { return j.ticket == e.Ticket })
	known := h.known.get(e.Peer)
	if known == nil || known.spoke.IsZero() {
		h.ask(port, e.Peer) // what others say of it may be old, or forged
	}
}

func (h *handler) arcClosed(port protocols.Port, e messages.ArcClosed) {
	if e.Dir == messages.In {
		return
	}
	h.closing = slices.DeleteFunc(h.closing, func(j job) bool { return j.ticket == e.Ticket })
	if e.Cause == messages.CauseRefused || e.Cause == messages.CauseDropped {
		h.forget(port, e.Peer)
	}
	h.arrange(port)
}

// notOpened: a candidate could not be reached, or did not want the arc.
func (h *handler) notOpened(port protocols.Port, e messages.Failed) {
	h.opening = slices.DeleteFunc(h.opening, func(j job) bool { return j.ticket == e.Ticket })
	port.Count("failed_opens", 1)
	h.forget(port, e.Peer)
	h.arrange(port)
}
