package cyclon

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// maxAttempts is how many partners a peer asks in a period, one after the
	// other.
	maxAttempts = 3
	// maxServing is how many exchanges a peer serves at a time.
	maxServing = 3
	// servedPart and maxServed bound the exchanges that a peer serves. In
	// Period/servedPart it serves a partner once, and at most maxServed partners in
	// all. Honest partners ask once a period on average.
	servedPart = 2
	maxServed  = 8
)

// exchange is one shuffle, as one of its two sides sees it. It ends when every arc
// that is opened for it is there or has failed.
type exchange struct {
	id      uint64
	peer    messages.PeerID // the partner
	began   bool            // this peer asked for it
	replied bool            // the entries of the partner have come
	over    bool
	sent    int // entries given
	got     int // arcs opened
	timer   protocols.Timer
}

// visit says when a partner was served.
type visit struct {
	peer messages.PeerID
	at   time.Time
}

// shuffle asks the peer of the oldest entry for an exchange.
func (h *handler) shuffle(port protocols.Port) {
	if h.leaving || h.began != nil || h.attempts == maxAttempts {
		return
	}
	oldest := h.view.oldest(port.Rand(), h.tried)
	if oldest == nil {
		return
	}
	h.attempts++
	h.tried = append(h.tried, oldest.peer)
	x := &exchange{id: max(1, port.Rand().Uint64()), peer: oldest.peer, began: true}
	sample := h.view.sample(port.Rand(), h.config.Shuffle-1, x.peer)
	x.sent = len(sample)
	h.view.hold(append(sample, oldest), x)
	h.began = x
	h.begin(job{ticket: port.Send(x.peer, requestMessage(x.id, sample)), kind: askExchange, exchange: x})
	x.timer = port.After(h.config.Deadline, replyDue{x})
}

// requested handles the request of another peer for an exchange.
func (h *handler) requested(port protocols.Port, from messages.PeerID, m request) {
	asks := h.began != nil && h.began.peer == from && !h.began.replied
	switch {
	case port.View().In.Count(from) == 0:
		port.Count("ignored", 1)
		return
	case asks && port.Self().Less(from), len(h.serves) >= maxServing, !h.visit(port, from):
		// Of two requests that cross, that of the smaller PeerID stands. If both
		// were served, both sides would remove each other.
		port.Count("shuffles_refused", 1)
		port.Send(from, replyMessage(m.exchange, false, nil))
		return
	case asks:
		h.finish(h.began)
	}
	x := &exchange{id: m.exchange, peer: from, replied: true}
	sample := h.view.sample(port.Rand(), h.config.Shuffle, from)
	x.sent = len(sample)
	h.view.hold(sample, x)
	h.serves = append(h.serves, x)
	port.Send(from, replyMessage(x.id, true, sample))
	h.learn(port, x, append([]entry{{peer: from}}, m.entries...))
}

// visit notes that a partner is served, and reports whether it may be served again
// already.
func (h *handler) visit(port protocols.Port, peer messages.PeerID) bool {
	now := port.Now()
	h.served = slices.DeleteFunc(h.served, func(v visit) bool { return now.Sub(v.at) >= h.config.Period/servedPart })
	if len(h.served) == maxServed || slices.ContainsFunc(h.served, func(v visit) bool { return v.peer == peer }) {
		return false
	}
	h.served = append(h.served, visit{peer, now})
	return true
}

// replied handles the partner's answer to our request.
func (h *handler) replied(port protocols.Port, from messages.PeerID, m reply) {
	x := h.began
	if x == nil || x.peer != from || x.id != m.exchange || x.replied {
		port.Count("ignored", 1) // late, repeated, or made up
		return
	}
	if !m.accepted {
		port.Count("shuffles_busy", 1)
		h.finish(x)
		h.tryLater(port)
		return
	}
	x.replied = true
	x.timer.Stop()
	h.learn(port, x, m.entries)
}

// learn opens arcs to the peers of entries that are new here, through the partner.
// As in the paper, they first take the slot of the partner that we asked, then
// empty slots, then the slots of entries that we gave.
func (h *handler) learn(port protocols.Port, x *exchange, entries []entry) {
	empty := max(0, h.empty())
	given := 0
	for _, e := range h.view.entries {
		if e.in == x {
			given++
		}
	}
	for _, e := range entries[:min(len(entries), h.config.Shuffle)] {
		if h.known(port, e.peer) {
			continue
		}
		replaces := empty == 0 || x.began && h.opens(x) == 0 && h.view.has(x.peer)
		switch {
		case replaces && given == 0:
			continue
		case replaces:
			given--
		default:
			empty--
		}
		j := job{kind: openLearned, peer: e.peer, age: min(e.age, 2*h.config.View), replaces: replaces, exchange: x}
		if e.peer == x.peer {
			h.open(port, j)
		} else {
			h.open(port, j, x.peer)
		}
	}
	h.settle(port, x)
}

// opens counts the arcs that are being opened for an exchange.
func (h *handler) opens(x *exchange) int {
	return h.opening(func(j job) bool { return j.exchange == x })
}

// learned makes an entry of an arc that was opened for an exchange. The entry that
// it replaces goes only now, so that a failure does not shrink the view.
func (h *handler) learned(port protocols.Port, j job) {
	x := j.exchange
	x.got++
	port.Count("arcs_learned", 1)
	partner := h.view.find(x.peer)
	switch old := h.view.held(x); {
	case !j.replaces || old == nil:
	case x.began && partner != nil && partner.in == x:
		h.drop(port, x.peer)
	default:
		h.drop(port, old.peer)
	}
	h.settle(port, x)
}

// settle ends an exchange when no arc is being opened for it any more.
func (h *handler) settle(port protocols.Port, x *exchange) {
	if x.over || !x.replied || h.opens(x) > 0 {
		return
	}
	h.finish(x)
	if x.began {
		port.Count("shuffles", 1)
	} else {
		port.Count("shuffles_served", 1)
	}
	port.Emit(Shuffled{Peer: x.peer, Began: x.began, Sent: x.sent, Got: x.got})
}

// finish frees what an exchange held. A partner that is still an entry had nothing
// new, and gets age 0 for its answer.
func (h *handler) finish(x *exchange) {
	x.over = true
	if x.timer != nil {
		x.timer.Stop()
	}
	if e := h.view.find(x.peer); e != nil && e.in == x {
		e.age = 0
	}
	h.view.free(x)
	h.jobs = slices.DeleteFunc(h.jobs, func(j job) bool { return j.kind == askExchange && j.exchange == x })
	if x == h.began {
		h.began = nil
	}
	h.serves = slices.DeleteFunc(h.serves, func(s *exchange) bool { return s == x })
}

// replyDue removes a partner that has not answered in time, as in the paper.
func (h *handler) replyDue(port protocols.Port, x *exchange) {
	if x.over || x.replied {
		return
	}
	port.Count("shuffles_timed_out", 1)
	h.finish(x)
	h.drop(port, x.peer)
	h.shuffle(port)
	h.recover(port)
}

// notAsked handles a request that did not leave.
func (h *handler) notAsked(port protocols.Port, x *exchange) {
	if !x.over {
		h.finish(x)
		h.tryLater(port)
	}
}

// tryLater asks another partner, if this period has attempts left.
func (h *handler) tryLater(port protocols.Port) {
	port.After(protocols.Spread(port, h.config.Period/8, 0.5), tryAgain{})
}
