package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// fill asks peers of the passive view for links, as many at a time as there is
// room for. Each that comes to nothing calls it again, so that all candidates get
// their turn; but where others have no room either, few are asked in a period.
func (h *handler) fill(port protocols.Port) {
	if h.leaving {
		return
	}
	for room := h.room() - h.count(promote); room > 0; room-- {
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

// urgent: nobody is left, and nobody was asked with high priority yet.
func (h *handler) urgent() bool {
	return len(h.active) == 0 && !slices.ContainsFunc(h.pending, func(r *request) bool { return r.granted || r.high })
}

// candidate draws a peer of the passive view that was not tried in this period;
// first of those that a neighbor left behind.
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

// avoid keeps a peer from being asked for a link in this period. Of many, some may
// be asked again.
func (h *handler) avoid(peer messages.PeerID) {
	if len(h.tried) < 4*h.config.Passive && !slices.Contains(h.tried, peer) {
		h.tried = append(h.tried, peer)
	}
}
