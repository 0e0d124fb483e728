package cyclon

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
		// A contact that entered through us in the meantime leads to no one else.
		through := slices.Contains(h.joined, peer) && port.View().Has(peer)
		if !through && !h.known(port, peer) && !h.leaving {
			h.open(port, job{kind: openContact, peer: peer, replaces: h.empty() <= 0})
			return
		}
	}
	h.entering, h.apart = false, false // nobody else is here yet
	h.recover(port)
}

// entered asks the contact to start our walks.
func (h *handler) entered(port protocols.Port, contact messages.PeerID) {
	h.entering, h.apart = false, false
	h.handovers = h.config.View
	if h.view.size() > h.config.View { // others entered through us while we were apart
		h.drop(port, h.view.entries[0].peer)
	}
	port.Send(contact, joinMessage())
	port.Count("joins", 1)
	port.Emit(Joined{Contact: contact})
}

// notEntered handles a contact that could not be reached. Other peers may enter
// through us in the meantime. We still look for a contact then, or they and we would
// stay apart from the rest.
func (h *handler) notEntered(port protocols.Port) {
	h.entering, h.apart = false, true
	h.enterLater(port)
}

// notNamed handles a rendezvous that did not answer.
func (h *handler) notNamed() { h.entering, h.apart = false, false }

// recover makes sure that an empty view does not stay empty.
func (h *handler) recover(port protocols.Port) {
	if h.alone() {
		h.enterLater(port)
	}
}

// alone reports whether the view is empty and no arc is being opened.
func (h *handler) alone() bool { return h.view.size() == 0 && h.opening(all) == 0 }

// enterLater tries again after a wait that grows with each failure.
func (h *handler) enterLater(port protocols.Port) {
	if !h.entering && !h.leaving {
		h.again.Later(port, enterAgain{})
	}
}

// enterAgain opens an arc to a peer that holds an arc to us. If there is none, it
// enters again.
func (h *handler) enterAgain(port protocols.Port) {
	h.again.Over()
	in := port.View().In
	switch {
	case h.leaving:
	case h.alone() && in.Len() > 0:
		port.Count("returns", 1)
		h.open(port, job{kind: openNeighbor, peer: in.At(port.Rand().IntN(in.Distinct())).Peer})
	case h.alone(), h.apart:
		h.enter(port)
	}
}

// join starts the random walks of a newcomer, as many as it has slots.
func (h *handler) join(port protocols.Port, newcomer messages.PeerID) {
	if port.View().In.Count(newcomer) == 0 || slices.Contains(h.joined, newcomer) || h.walks < h.config.View {
		port.Count("joins_ignored", 1)
		return
	}
	h.remember(newcomer)
	h.walks -= h.config.View
	port.Count("joins_served", 1)
	for range h.config.View {
		if !h.pass(port, walk{newcomer: newcomer, hops: h.config.Walk}) {
			h.arrived(port, newcomer, nil) // we are alone
			return
		}
	}
}

func (h *handler) remember(newcomer messages.PeerID) {
	if len(h.joined) == maxJoined {
		h.joined = slices.Delete(h.joined, 0, 1)
	}
	h.joined = append(h.joined, newcomer)
}

// forget lets a peer that went away join again later.
func (h *handler) forget(peer messages.PeerID) {
	h.joined = slices.DeleteFunc(h.joined, func(p messages.PeerID) bool { return p == peer })
}
