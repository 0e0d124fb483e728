package tman

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// job is an arc that is being opened or closed.
type job struct {
	ticket  messages.Ticket
	peer    messages.PeerID
	partner bool // opened for an exchange
	relayed bool // the way leads through relays
}

func has(jobs []job, peer messages.PeerID) bool {
	return slices.ContainsFunc(jobs, func(j job) bool { return j.peer == peer })
}

// end takes the job of a ticket off its list and returns it.
func end(jobs *[]job, ticket messages.Ticket) (job, bool) {
	i := slices.IndexFunc(*jobs, func(j job) bool { return ticket != 0 && j.ticket == ticket })
	if i < 0 {
		return job{}, false
	}
	j := (*jobs)[i]
	*jobs = slices.Delete(*jobs, i, i+1)
	return j, true
}

// arrange opens arcs to those of the View best peers that have none. Up to View
// more arcs are kept until trim, so that old arcs stay until there are better ones.
func (h *handler) arrange(port protocols.Port) {
	if h.leaving {
		return
	}
	now, out, reachable := port.Now(), port.View().Out, h.reachable(port)
	best := h.rank(h.own, func(e entry) bool { return reachable(e) && !h.blocked.has(e.Peer, now) })
	for _, d := range best[:min(h.config.View, len(best))] {
		if out.Count(d.Peer) == 0 && !has(h.opening, d.Peer) && h.mayOpen(port) {
			h.open(port, d.Peer, false)
		}
	}
}

// mayOpen reports whether one more arc may be opened.
func (h *handler) mayOpen(port protocols.Port) bool {
	return port.View().Out.Distinct()+len(h.opening) < 2*h.config.View
}

func (h *handler) open(port protocols.Port, peer messages.PeerID, partner bool) {
	var via []messages.PeerID
	if !h.neighbor(port, peer) {
		via = slices.Clone(h.known.get(peer).route)
	}
	h.opening = append(h.opening, job{port.Open(peer, via...), peer, partner, len(via) > 0})
}

// trim closes the arcs to the worst-ranked peers, if there are too many arcs. It
// runs once a period, so that two peers that rank better in turn make no more
// changes than that. On a connection that lingers, an arc costs one message.
func (h *handler) trim(port protocols.Port) {
	out := port.View().Out
	for a := range out.All() {
		if a.Count > 1 || h.known.get(a.Peer) == nil && out.Distinct() > h.config.View {
			h.close(port, a.Peer)
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
		h.closing = append(h.closing, job{ticket: port.Close(peer), peer: peer})
	}
}

func (h *handler) arcOpened(port protocols.Port, e messages.ArcOpened) {
	if e.Dir == messages.In {
		return
	}
	j, _ := end(&h.opening, e.Ticket)
	switch known := h.known.get(e.Peer); {
	case known != nil && j.partner:
		h.exchange(port, known.Descriptor)
	case known == nil || known.spoke.IsZero():
		h.ask(port, e.Peer) // what others say of it may be old or forged
	}
}

func (h *handler) arcClosed(port protocols.Port, e messages.ArcClosed) {
	if e.Dir == messages.In {
		return
	}
	end(&h.closing, e.Ticket)
	if e.Cause == messages.CauseRefused || e.Cause == messages.CauseDropped {
		h.forget(port, e.Peer)
	}
	h.arrange(port)
}

// notOpened handles a candidate that could not be reached or refused the arc. If
// only the way to it failed, only the way is forgotten.
func (h *handler) notOpened(port protocols.Port, e messages.Failed) {
	j, ok := end(&h.opening, e.Ticket)
	if !ok {
		return
	}
	port.Count("failed_opens", 1)
	known := h.known.get(j.peer)
	switch messages.CodeOf(e.Err) {
	case messages.ErrNotNeighbor, messages.ErrUnknownPeer, messages.ErrRate, messages.ErrFull, messages.ErrDuplicate:
		if j.relayed && known != nil {
			known.route = nil
			break
		}
		fallthrough
	default:
		h.forget(port, j.peer)
	}
	h.arrange(port)
}
