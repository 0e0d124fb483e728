package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// fill asks peers of the passive view for links, as many at a time as there is room
// for. It is called again after each failure, so that all candidates get their
// turn. When the others have no room either, it asks only a few in a period.
func (h *handler) fill(port protocols.Port) {
	if h.leaving {
		return
	}
	for places := h.places() - h.count(promote); places > 0; places-- {
		candidate, ok := h.candidate(port)
		if !ok {
			break
		}
		h.attempts++
		h.avoid(candidate.peer)
		h.ask(port, request{kind: promote, peer: candidate.peer, via: candidate.via, high: h.urgent()})
	}
	if h.lonely() {
		h.enterLater(port)
	}
}

// urgent reports whether this peer needs a link at any price, and has asked for none
// yet: it has no neighbor, or it is in a group apart.
func (h *handler) urgent() bool {
	return (len(h.active) == 0 || h.grouped()) && !slices.ContainsFunc(h.pending, func(r *request) bool { return r.granted || r.high })
}

// candidate draws a peer of the passive view that was not tried in this period. The
// neighbors of a neighbor that left come first.
func (h *handler) candidate(port protocols.Port) (entry, bool) {
	if h.attempts >= 2*h.config.Passive || len(h.active) > 0 && h.refusals >= 2*(h.config.Active-len(h.active)) {
		return entry{}, false
	}
	suits := func(p messages.PeerID) bool {
		return !slices.Contains(h.tried, p) && h.asked(p) == nil && !port.View().Has(p)
	}
	heir := func(p messages.PeerID) bool { return slices.Contains(h.heirs, p) && suits(p) }
	for _, fits := range []func(messages.PeerID) bool{heir, suits} {
		if drawn := h.passive.sample(port.Rand(), 1, fits); len(drawn) > 0 {
			return drawn[0], true
		}
	}
	return entry{}, false
}

// grouped reports whether this peer and its neighbors seem to be a group apart from
// the rest: for two whole periods only neighbors have shuffled with us. Shuffles of
// one hop come from neighbors everywhere, so they do not show it.
func (h *handler) grouped() bool { return h.quiet > 2 && h.config.ShuffleTTL > 1 }

// heard notes that a shuffle of a peer has come here, or its reply to ours.
func (h *handler) heard(peer messages.PeerID) {
	if !slices.Contains(h.active, peer) {
		h.quiet = 0
	}
}

// avoid keeps a peer from being asked for a link again in this period. The list is
// bounded; past the bound a peer may be asked again.
func (h *handler) avoid(peer messages.PeerID) {
	if len(h.tried) < 4*h.config.Passive && !slices.Contains(h.tried, peer) {
		h.tried = append(h.tried, peer)
	}
}
