package cyclon

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// kind is what a request is for.
type kind uint8

const (
	askContacts  kind = iota + 1
	askExchange       // the message that asks for one
	closeArc          // of an entry that was removed
	openContact       // to enter
	openNeighbor      // to one who holds an arc to us, when nobody else is left
	openLearned       // from the partner of an exchange
	openNewcomer      // whose walk ended here
	openHandover      // from the end of a walk of ours
	openInstead       // of a neighbor that leaves
)

// job is a request under way. The port ends each with exactly one event.
type job struct {
	ticket   messages.Ticket
	kind     kind
	peer     messages.PeerID
	age      int             // of the entry to be
	replaces bool            // another entry goes for it; else it takes an empty slot
	exchange *exchange       // of askExchange and openLearned
	leaver   messages.PeerID // of openInstead
}

func (h *handler) begin(j job) { h.jobs = append(h.jobs, j) }

// end takes a job off the list.
func (h *handler) end(ticket messages.Ticket) (job, bool) {
	if ticket == 0 {
		return job{}, false
	}
	for i, j := range h.jobs {
		if j.ticket == ticket {
			h.jobs = slices.Delete(h.jobs, i, i+1)
			return j, true
		}
	}
	return job{}, false
}

// open asks for an arc, to make an entry of.
func (h *handler) open(port protocols.Port, j job, via ...messages.PeerID) {
	j.ticket = port.Open(j.peer, via...)
	h.begin(j)
}

// close ends the arc of a peer that is no entry.
func (h *handler) close(port protocols.Port, peer messages.PeerID) {
	h.begin(job{ticket: port.Close(peer), kind: closeArc, peer: peer})
}

// drop takes an entry out of the view and ends its arc.
func (h *handler) drop(port protocols.Port, peer messages.PeerID) {
	if h.view.remove(peer) {
		h.close(port, peer)
	}
}

func (h *handler) closing(peer messages.PeerID) bool {
	return slices.ContainsFunc(h.jobs, func(j job) bool { return j.kind == closeArc && j.peer == peer })
}

// opening counts the entries that are to be, those that replace others or not.
func (h *handler) opening(which func(job) bool) int {
	n := 0
	for _, j := range h.jobs {
		if j.kind >= openContact && which(j) {
			n++
		}
	}
	return n
}

func all(job) bool { return true }

// empty is the number of slots of the view that are free and promised to nobody.
func (h *handler) empty() int {
	return h.config.View - h.view.size() - h.opening(func(j job) bool { return !j.replaces })
}

// known reports whether a peer needs no entry: it has one, or is about to.
func (h *handler) known(port protocols.Port, peer messages.PeerID) bool {
	return peer == port.Self() || h.view.has(peer) || h.opening(func(j job) bool { return j.peer == peer }) > 0
}

// opened makes an entry of an arc. The view is never larger than it may be.
func (h *handler) opened(port protocols.Port, j job) {
	if h.leaving {
		return // the arc ends with the protocol
	}
	h.again.Succeeded()
	if h.view.has(j.peer) { // somebody else on this peer has opened one
		j.replaces = false
		h.close(port, j.peer)
	} else {
		h.view.add(j.peer, j.age)
	}
	switch j.kind {
	case openContact:
		h.entered(port, j.peer)
	case openLearned:
		h.learned(port, j)
	case openNewcomer:
		h.welcome(port, j)
	case openInstead:
		h.drop(port, j.leaver)
	}
	if h.view.size() > h.config.View {
		h.drop(port, j.peer) // what it was to replace went another way
	}
}

// failed ends a job badly.
func (h *handler) failed(port protocols.Port, e messages.Failed) {
	j, ok := h.end(e.Ticket)
	if !ok {
		return
	}
	if j.kind >= openContact {
		port.Count("failed_opens", 1)
	}
	switch j.kind {
	case askContacts:
		h.notNamed()
	case askExchange:
		h.notAsked(port, j.exchange)
	case openContact:
		h.notEntered(port)
	case openLearned:
		h.settle(port, j.exchange)
	case openInstead:
		h.drop(port, j.leaver)
	}
	h.recover(port)
}
