package spray

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxJoined is how many newcomers a contact remembers.
const maxJoined = 256

// enter asks the rendezvous for a contact. It is used for nothing else.
func (h *handler) enter(port protocols.Port) {
	if h.entering || h.leaving {
		return
	}
	h.entering = true
	h.begin(job{ticket: port.Contacts(1), kind: askContacts})
}

func (h *handler) contacts(port protocols.Port, e messages.Contacts) {
	if j, ok := h.end(e.Ticket); !ok || j.kind != askContacts {
		return
	}
	for _, peer := range e.Peers {
		if slices.Contains(h.joined, peer) && port.View().Has(peer) {
			continue // it entered through us in the meantime
		}
		if peer != port.Self() && !h.leaving {
			h.open(port, peer, openContact)
			return
		}
	}
	h.entryOver(port, false) // nobody else is here yet; the next one enters through us
	if h.lonely(port) {
		h.enterLater(port)
	}
}

// entered asks the contact, now a neighbor, to introduce us.
func (h *handler) entered(port protocols.Port, contact messages.PeerID) {
	h.again.Succeeded()
	defer h.entryOver(port, false)
	if h.leaving {
		return
	}
	port.Send(contact, join())
	for range h.draw(port, h.config.A) - 1 {
		h.open(port, contact, openArc)
	}
	port.Count("joins", 1)
	port.Emit(Joined{Contact: contact})
}

// draw returns a whole number with the given mean.
func (h *handler) draw(port protocols.Port, mean float64) int {
	n := int(mean)
	if port.Rand().Float64() < mean-float64(n) {
		n++
	}
	return n
}

// enterLater tries again after a wait that grows with each failure.
func (h *handler) enterLater(port protocols.Port) {
	if !h.entering && !h.leaving {
		h.again.Later(port, enterAgain{})
	}
}

func (h *handler) enterAgain(port protocols.Port) {
	h.again.Over()
	if h.lonely(port) || h.apart {
		h.enter(port)
	}
}

// notEntered handles a contact that could not be reached. Other peers may enter
// through us in the meantime. We still look for a contact then, or they and we would
// stay apart from the rest.
func (h *handler) notEntered(port protocols.Port) {
	port.Count("failed_opens", 1)
	h.entryOver(port, true)
	h.enterLater(port)
}

// notNamed handles a rendezvous that did not answer.
func (h *handler) notNamed(port protocols.Port) {
	h.entryOver(port, false)
	if h.lonely(port) {
		h.enterLater(port)
	}
}

// entryOver ends an attempt to enter. It serves the newcomers that have waited for
// this: before, we had nobody to introduce them to.
func (h *handler) entryOver(port protocols.Port, apart bool) {
	h.entering, h.apart = false, apart
	waiting := h.waiting
	h.waiting = nil
	for _, newcomer := range waiting {
		if !h.leaving && port.View().In.Count(newcomer) > 0 {
			h.serve(port, newcomer)
		}
	}
}

// lonely reports whether this peer has no neighbor and no arc under way.
func (h *handler) lonely(port protocols.Port) bool {
	view := port.View()
	return view.Out.Len() == 0 && view.In.Len() == 0 && len(h.opening(openContact, openArc, openAnew)) == 0
}

// join introduces a newcomer to the peer of each arc of the view.
func (h *handler) join(port protocols.Port, newcomer messages.PeerID) {
	full := h.running(introduceJob) >= h.maxIntroductions() || len(h.waiting) == h.config.MaxJoins
	if port.View().In.Count(newcomer) == 0 || slices.Contains(h.joined, newcomer) || full {
		port.Count("joins_ignored", 1)
		return
	}
	h.remember(newcomer)
	if h.entering && h.view.size() == 0 {
		h.waiting = append(h.waiting, newcomer)
		return
	}
	h.serve(port, newcomer)
}

// serve introduces a newcomer.
func (h *handler) serve(port protocols.Port, newcomer messages.PeerID) {
	port.Count("joins_served", 1)
	// Arcs that are being opened count too: in the paper, the contact has them already.
	known := append(h.view.occurrences(), h.opening(openArc, openAnew)...)
	if slices.Contains(h.opening(openContact), newcomer) {
		known = append(known, newcomer) // both were alone and entered through each other
	}
	if len(known) == 0 {
		mean := h.config.A
		if port.View().In.Distinct() == 1 {
			mean += 2 * h.config.B
		}
		for range max(1, h.draw(port, mean)) {
			h.open(port, newcomer, openArc)
		}
		return
	}
	for _, neighbor := range known {
		if neighbor != newcomer {
			h.begin(job{ticket: port.Introduce(neighbor, newcomer), kind: introduceJob, peer: newcomer})
		}
	}
}

// maxIntroductions bounds the introductions of newcomers that are under way.
func (h *handler) maxIntroductions() int { return h.config.MaxJoins * max(1, h.view.size()) }

func (h *handler) remember(newcomer messages.PeerID) {
	if len(h.joined) == maxJoined {
		h.joined = slices.Delete(h.joined, 0, 1)
	}
	h.joined = append(h.joined, newcomer)
}

// forget lets a peer that went away join again.
func (h *handler) forget(peer messages.PeerID) {
	is := func(p messages.PeerID) bool { return p == peer }
	h.joined = slices.DeleteFunc(h.joined, is)
	h.waiting = slices.DeleteFunc(h.waiting, is)
}
