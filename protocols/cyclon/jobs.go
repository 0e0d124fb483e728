package cyclon

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// kind is the purpose of a request.
type kind uint8

const (
	askContacts  kind = iota + 1
	askExchange       // sends the request for an exchange
	closeArc          // closes the arc of an entry that was removed
	openContact       // opens an arc to a contact, to enter
	openNeighbor      // opens an arc to a peer that holds one to us, when no other is left
	openLearned       // opens an arc that the partner of an exchange gave
	openNewcomer      // opens an arc to the newcomer whose walk ended here
	openHandover      // opens an arc that the end of one of our walks gave
	openInstead       // opens an arc that replaces a neighbor that leaves
)

// job is a request under way. The port ends each with exactly one event.
type job struct {
	ticket   messages.Ticket
	kind     kind
	peer     messages.PeerID
	age      int             // of the future entry
	replaces bool            // it replaces another entry; otherwise it takes an empty slot
	exchange *exchange       // of askExchange and openLearned
	leaver   messages.PeerID // of openInstead
}

func (h *handler) begin(j job) { h.jobs = append(h.jobs, j) }

// end takes a job off the list and returns it.
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

// open asks for the arc of a future entry.
func (h *handler) open(port protocols.Port, j job, via ...messages.PeerID) {
	j.ticket = port.Open(j.peer, via...)
	h.begin(j)
}

// close ends an arc that has no entry.
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

// opening counts the arcs under way that which selects.
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

// empty returns the number of free slots of the view, without those that are kept
// for arcs under way.
func (h *handler) empty() int {
	return h.config.View - h.view.size() - h.opening(func(j job) bool { return !j.replaces })
}

// known reports whether a peer needs no new entry.
func (h *handler) known(port protocols.Port, peer messages.PeerID) bool {
	return peer == port.Self() || h.view.has(peer) || h.opening(func(j job) bool { return j.peer == peer }) > 0
}

// opened makes an entry of a new arc. The view never exceeds its bound.
func (h *handler) opened(port protocols.Port, j job) {
	if h.leaving {
		return // the arc ends with the protocol
	}
	h.again.Succeeded()
	if h.view.has(j.peer) { // a command from outside the handler has opened one
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
		h.drop(port, j.peer) // the entry to replace was replaced otherwise
	}
}

// failed ends a job that failed.
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
