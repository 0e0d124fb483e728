package spray

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
	// servedPart says how soon a peer serves the same partner again: after
	// Period/servedPart.
	servedPart = 4
	// maxServed is how many partners are remembered for that.
	maxServed = 64
)

// exchange is one shuffle, as one of its two sides sees it.
type exchange struct {
	id     uint64
	peer   messages.PeerID // the partner
	began  bool            // this peer asked for it
	oldest *arc            // the arc to the partner, on the side that began
	sample []*arc          // the arcs to move, oldest included
	moving bool            // the request was accepted
	over   bool            // nothing new begins for it
	open   int             // locks, moves and closes under way
	sent   int             // arcs moved
	got    int             // arcs that the partner says it has moved
	timer  protocols.Timer

	told, heard bool // we have said, the partner has said that all is done
}

// visit says when a partner was served.
type visit struct {
	peer messages.PeerID
	at   time.Time
}

func (x *exchange) with(peer messages.PeerID) bool { return x != nil && x.peer == peer }

// suits returns a function that reports whether arcs to a peer may be sampled in an
// exchange with partner. Arcs to the partner of another exchange may not: they are
// the path along which that exchange moves its arcs.
func (h *handler) suits(partner messages.PeerID) func(messages.PeerID) bool {
	return func(peer messages.PeerID) bool {
		return peer == partner || !h.began.with(peer) && !h.serves.with(peer) && !slices.Contains(h.leavers, peer)
	}
}

// shuffle asks the peer at the end of the oldest arc for an exchange.
func (h *handler) shuffle(port protocols.Port) {
	if h.leaving || h.began != nil || h.attempts == maxAttempts {
		return
	}
	free := h.suits(messages.PeerID{})
	oldest := h.view.oldest(port.Rand(), func(peer messages.PeerID) bool { return free(peer) && !slices.Contains(h.tried, peer) })
	if oldest == nil {
		return
	}
	h.attempts++
	h.tried = append(h.tried, oldest.peer)
	x := &exchange{id: max(1, port.Rand().Uint64()), peer: oldest.peer, began: true, oldest: oldest}
	x.sample = append(h.view.sample(port.Rand(), half(h.view.size())-1, oldest, h.suits(x.peer)), oldest)
	h.began = x
	h.lock(port, x)
	h.begin(job{ticket: port.Send(x.peer, shuffleRequest(x.id)), kind: askExchange, exchange: x})
	x.timer = port.After(h.config.Deadline, exchangeDue{x})
}

// lock locks the arcs of a sample, so that nothing else closes them.
func (h *handler) lock(port protocols.Port, x *exchange) {
	for _, a := range x.sample {
		a.state = held
		x.open++
		h.begin(job{ticket: port.Lock(a.peer), kind: lockArc, arc: a, exchange: x})
	}
}

// requested handles the request of another peer for an exchange.
func (h *handler) requested(port protocols.Port, from messages.PeerID, m *ShuffleRequest) {
	switch {
	case port.View().In.Count(from) == 0:
		port.Count("ignored", 1)
		return
	case h.began.with(from) && !h.began.moving && from.Less(port.Self()):
		h.cancel(port, h.began) // the requests crossed, and the partner's stands
	case h.began.with(from):
		h.busy(port, from, m)
		return
	}
	if h.serves != nil || !h.visit(port, from) {
		h.busy(port, from, m)
		return
	}
	x := &exchange{id: m.GetExchange(), peer: from, moving: true}
	x.sample = h.view.sample(port.Rand(), half(h.view.size()), nil, h.suits(from))
	h.serves = x
	port.Send(from, shuffleReply(x.id, true))
	x.timer = port.After(2*h.config.Deadline, exchangeDue{x})
	h.lock(port, x)
	h.settle(port, x)
}

func (h *handler) busy(port protocols.Port, from messages.PeerID, m *ShuffleRequest) {
	port.Count("shuffles_refused", 1)
	port.Send(from, shuffleReply(m.GetExchange(), false))
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
func (h *handler) replied(port protocols.Port, from messages.PeerID, m *ShuffleReply) {
	x := h.began
	if !x.with(from) || x.id != m.GetExchange() || x.moving {
		port.Count("ignored", 1) // of an exchange that has ended, or made up
		return
	}
	h.end(h.asking(x))
	if !m.GetAccepted() {
		port.Count("shuffles_busy", 1)
		h.cancel(port, x)
		port.After(protocols.Spread(port, h.config.Period/8, 0.5), tryAgain{})
		return
	}
	x.moving = true
	x.timer.Stop()
	x.timer = port.After(2*h.config.Deadline, exchangeDue{x})
	for _, a := range x.sample {
		if a.locked {
			h.move(port, x, a)
		}
	}
	h.settle(port, x)
}

// asking returns the ticket of the request that was sent for an exchange.
func (h *handler) asking(x *exchange) messages.Ticket {
	for _, j := range h.jobs {
		if j.kind == askExchange && j.exchange == x {
			return j.ticket
		}
	}
	return 0
}

func (h *handler) locked(port protocols.Port, j job) {
	x := j.exchange
	x.open--
	switch {
	case j.arc.gone:
	case x.over:
		j.arc.locked = true
		h.free(port, j.arc)
	default:
		j.arc.locked = true
		if x.moving {
			h.move(port, x, j.arc)
		}
	}
	h.settle(port, x)
}

func (h *handler) notLocked(port protocols.Port, j job) {
	j.exchange.open--
	if !j.arc.gone {
		j.arc.state = free
	}
	h.settle(port, j.exchange)
}

// move asks for the arc that replaces one of ours: from the partner to the same
// peer, or from the partner to us.
func (h *handler) move(port protocols.Port, x *exchange, a *arc) {
	if a.gone {
		return
	}
	x.open++
	var ticket messages.Ticket
	if a.peer == x.peer {
		ticket = port.Invite(x.peer)
	} else {
		ticket = port.Introduce(x.peer, a.peer)
	}
	h.begin(job{ticket: ticket, kind: moveArc, arc: a, exchange: x})
}

// moved handles the success of a move: the new arc is there, and the old one is
// closed.
func (h *handler) moved(port protocols.Port, j job) {
	x := j.exchange
	x.open--
	x.sent++
	port.Count("arcs_moved", 1)
	if !j.arc.gone {
		port.Unlock(j.arc.peer)
		h.close(port, j.arc, x)
	}
	h.settle(port, x)
}

func (h *handler) close(port protocols.Port, a *arc, x *exchange) {
	a.state, a.locked = doomed, false
	if x != nil {
		x.open++
	}
	h.begin(job{ticket: port.Close(a.peer), kind: closeArc, arc: a, exchange: x})
}

// closed handles the end of an arc that we asked the port to close.
func (h *handler) closed(port protocols.Port, j job) {
	h.view.remove(j.arc)
	if j.exchange != nil {
		j.exchange.open--
		h.settle(port, j.exchange)
	}
}

// notClosed handles a failed close: the arc had ended, or it was locked from
// outside.
func (h *handler) notClosed(port protocols.Port, j job) {
	if !j.arc.gone {
		j.arc.state = free
	}
	if j.exchange != nil {
		j.exchange.open--
		h.settle(port, j.exchange)
	}
}

// notMoved handles a failed move: the old arc stays. The number of arcs does not
// change.
func (h *handler) notMoved(port protocols.Port, j job) {
	j.exchange.open--
	if j.arc == j.exchange.oldest {
		j.arc.age = 0 // its turn comes again after that of the others
	}
	h.free(port, j.arc)
	h.settle(port, j.exchange)
}

// free lets go of an arc of a sample.
func (h *handler) free(port protocols.Port, a *arc) {
	if a.gone {
		return
	}
	if a.locked {
		port.Unlock(a.peer)
	}
	a.state, a.locked = free, false
}

// settle ends an exchange when both sides are done.
func (h *handler) settle(port protocols.Port, x *exchange) {
	if x.over || !x.moving || x.open > 0 {
		return
	}
	if !x.told {
		x.told = true
		port.Send(x.peer, shuffleDone(x.id, x.sent))
	}
	if x.heard {
		h.finish(port, x)
	}
}

func (h *handler) partnerDone(port protocols.Port, from messages.PeerID, m *ShuffleDone) {
	for _, x := range []*exchange{h.began, h.serves} {
		if x.with(from) && x.id == m.GetExchange() && x.moving && !x.heard {
			x.heard, x.got = true, int(m.GetMoved())
			h.settle(port, x)
			return
		}
	}
	port.Count("ignored", 1)
}

func (h *handler) finish(port protocols.Port, x *exchange) {
	h.letGo(x)
	if x.began {
		port.Count("shuffles", 1)
	} else {
		port.Count("shuffles_served", 1)
	}
	port.Emit(Shuffled{Peer: x.peer, Began: x.began, Sent: x.sent, Got: x.got})
}

// letGo ends an exchange. Requests under way end by themselves.
func (h *handler) letGo(x *exchange) {
	x.over = true
	x.timer.Stop()
	h.end(h.asking(x))
	switch x {
	case h.began:
		h.began = nil
	case h.serves:
		h.serves = nil
	}
}

// cancel ends an exchange and frees the arcs that are not being moved.
func (h *handler) cancel(port protocols.Port, x *exchange) {
	h.letGo(x)
	for _, a := range x.sample {
		if a.locked && !h.moves(a) {
			h.free(port, a)
		}
	}
}

// moves reports whether an arc is being moved.
func (h *handler) moves(a *arc) bool {
	return slices.ContainsFunc(h.jobs, func(j job) bool { return j.kind == moveArc && j.arc == a })
}

// exchangeDue handles a partner that has not answered in time, or has not said that
// it is done.
func (h *handler) exchangeDue(port protocols.Port, x *exchange) {
	if x.over {
		return
	}
	port.Count("shuffles_timed_out", 1)
	h.cancel(port, x)
	if !x.moving {
		h.partnerSilent(port, x.peer)
		h.shuffle(port)
	}
}

// notAsked handles a request that did not leave.
func (h *handler) notAsked(port protocols.Port, j job) {
	if x := j.exchange; !x.over {
		h.cancel(port, x)
		x.oldest.age = 0
		port.After(protocols.Spread(port, h.config.Period/8, 0.5), tryAgain{})
	}
}
