package spray

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// kind is the purpose of a request.
type kind uint8

const (
	askContacts  kind = iota + 1
	openContact       // the first arc of a newcomer
	openArc           // one more arc: for A, for B, or the first arc of a contact that is alone
	openAnew          // replaces a lost arc
	introduceJob      // introduces a neighbor to a newcomer
	lockArc           // locks an arc of a sample
	moveArc           // moves an arc to the partner of an exchange
	closeArc          // closes an arc that was moved, or whose partner does not answer
	patchJob          // introduces a holder of an arc to us to a neighbor, as we leave
	askExchange       // sends the request for an exchange
)

// job is a request under way. The port ends each with exactly one event.
type job struct {
	ticket   messages.Ticket
	kind     kind
	peer     messages.PeerID
	arc      *arc      // of lockArc, moveArc, closeArc
	exchange *exchange // of lockArc, moveArc, closeArc and askExchange; may be nil for closeArc
}

func (h *handler) begin(j job) { h.jobs = append(h.jobs, j) }

// end takes a job off the list and returns it.
func (h *handler) end(ticket messages.Ticket) (job, bool) {
	if ticket == 0 {
		return job{}, false
	}
	for i, j := range h.jobs {
		if j.ticket == ticket {
			last := len(h.jobs) - 1
			h.jobs[i], h.jobs[last] = h.jobs[last], job{}
			h.jobs = h.jobs[:last]
			return j, true
		}
	}
	return job{}, false
}

// open asks for an arc.
func (h *handler) open(port protocols.Port, peer messages.PeerID, k kind) {
	h.begin(job{ticket: port.Open(peer), kind: k, peer: peer})
}

// opening lists the peers to which jobs of the given kinds are opening arcs.
func (h *handler) opening(kinds ...kind) []messages.PeerID {
	var peers []messages.PeerID
	for _, j := range h.jobs {
		if slices.Contains(kinds, j.kind) {
			peers = append(peers, j.peer)
		}
	}
	return peers
}

// running counts the jobs of a kind.
func (h *handler) running(k kind) int {
	n := 0
	for _, j := range h.jobs {
		if j.kind == k {
			n++
		}
	}
	return n
}

// succeeded ends a job that succeeded.
func (h *handler) succeeded(port protocols.Port, ticket messages.Ticket) {
	j, ok := h.end(ticket)
	if !ok {
		return
	}
	switch j.kind {
	case openContact:
		h.entered(port, j.peer)
	case openAnew:
		port.Count("arcs_renewed", 1)
	case lockArc:
		h.locked(port, j)
	case moveArc:
		h.moved(port, j)
	case patchJob:
		port.Count("patched", 1)
		h.left(port)
	}
}

// failed ends a job that failed.
func (h *handler) failed(port protocols.Port, e messages.Failed) {
	j, ok := h.end(e.Ticket)
	if !ok {
		return
	}
	switch j.kind {
	case askContacts:
		h.notNamed(port)
	case openContact:
		h.notEntered(port)
	case openArc:
		port.Count("failed_opens", 1)
		h.arcDown(port, j.peer)
	case openAnew:
		port.Count("failed_opens", 1)
		h.owe(1)
	case introduceJob:
		port.Count("failed_introductions", 1)
		h.arcDown(port, j.peer)
	case lockArc:
		h.notLocked(port, j)
	case moveArc:
		port.Count("failed_introductions", 1)
		h.notMoved(port, j)
	case closeArc:
		h.notClosed(port, j)
	case askExchange:
		h.notAsked(port, j)
	case patchJob:
		port.Count("failed_introductions", 1)
		h.left(port)
	}
}
