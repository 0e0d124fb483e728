package spray

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxOwed is the most arcs that can wait to be replaced in later periods.
const maxOwed = 256

// peerDown is onPeerDown in the paper. It replaces each arc to the peer with
// probability 1 − A/(|view| + lost), unless the peer has patched them as it left.
func (h *handler) peerDown(port protocols.Port, e messages.PeerDown) {
	lost := h.view.takeAll(e.Peer)
	patched := e.Cause == messages.CauseLeft && slices.Contains(h.leavers, e.Peer)
	h.leavers = slices.DeleteFunc(h.leavers, func(p messages.PeerID) bool { return p == e.Peer })
	h.forget(e.Peer)
	for _, x := range []*exchange{h.began, h.serves} {
		if x.with(e.Peer) {
			h.cancel(port, x)
		}
	}
	if h.leaving {
		return
	}
	if !patched {
		h.recreate(port, e.Peer, lost)
	}
	if h.lonely(port) {
		h.enterLater(port)
	}
}

// recreate replaces lost arcs, each with the paper's probability.
func (h *handler) recreate(port protocols.Port, peer messages.PeerID, lost int) {
	if lost == 0 {
		return
	}
	port.Count("arcs_lost", float64(lost))
	probability := 1 - h.config.A/float64(h.view.size()+lost)
	for range lost {
		if port.Rand().Float64() < probability {
			h.renew(port, peer)
		}
	}
}

// arcDown is onArcDown in the paper. It replaces an arc that could not be opened or
// was refused, always.
func (h *handler) arcDown(port protocols.Port, peer messages.PeerID) {
	port.Count("arcs_down", 1)
	if slices.Contains(h.leavers, peer) || h.leaving {
		return
	}
	h.renew(port, peer)
}

// renew opens one more arc to a random neighbor other than the given one. Past the
// allowance of a period the arc waits for the next period. So peers that refuse
// each other's arcs do not go round in circles.
func (h *handler) renew(port protocols.Port, not messages.PeerID) {
	if h.budget == 0 {
		h.owe(1)
		return
	}
	if peer, ok := h.neighbor(port, not); ok {
		h.budget--
		h.open(port, peer, openAnew)
	}
}

// neighbor draws a peer from the view, or from the holders of arcs to us if the
// view has none.
func (h *handler) neighbor(port protocols.Port, not messages.PeerID) (messages.PeerID, bool) {
	unfit := func(p messages.PeerID) bool { return p == not || slices.Contains(h.leavers, p) }
	peers := slices.DeleteFunc(h.view.occurrences(), unfit)
	if len(peers) == 0 {
		peers = slices.DeleteFunc(port.View().In.Occurrences(), unfit)
	}
	if len(peers) == 0 {
		return messages.PeerID{}, false
	}
	return peers[port.Rand().IntN(len(peers))], true
}

func (h *handler) owe(n int) { h.owed = min(h.owed+n, maxOwed) }

// allowance is how many arcs a peer may replace in a period.
func (h *handler) allowance() int { return 8 + 2*h.view.size() }

// payArcs replaces the arcs that are owed.
func (h *handler) payArcs(port protocols.Port) {
	h.budget = h.allowance()
	for range min(h.owed, h.budget) {
		h.owed--
		h.renew(port, messages.PeerID{})
	}
}

// partnerSilent takes a partner that does not answer for down, as in the paper. It
// keeps the arcs to the partner if there are no others.
func (h *handler) partnerSilent(port protocols.Port, peer messages.PeerID) {
	var arcs []*arc
	for _, a := range h.view.arcs {
		if a.peer == peer && a.state == free {
			arcs = append(arcs, a)
			a.age = 0
		}
	}
	if _, others := h.neighbor(port, peer); !others {
		return
	}
	for _, a := range arcs {
		h.close(port, a, nil)
	}
	h.recreate(port, peer, len(arcs))
}
