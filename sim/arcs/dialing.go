package arcs

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// dial starts an attempt in which we make the offer.
func (p *peer) dial(l *link, route []uint32) {
	k := p.worker
	a := &attempt{offered: true, route: route, since: k.now}
	a.number = p.number()
	l.own(k).attempt = a
	p.halfOpen++
	k.add(countDials)
	if len(route) == 0 {
		k.add(countRendezvousDials)
	}
	a.due = p.own(p.config.RequestTimeout, event{kind: kAttemptDue, a: l.remote, conn: a.number})
	s := &signal{body: offer, from: p.index, to: l.remote, route: route, job: a.number, start: p.start}
	if len(l.opens) > 0 {
		s.protocol = l.opens[0].proc.name
	}
	p.make(s)
}

// answer starts an attempt in which we answer the other side's offer.
func (p *peer) answer(l *link, s *signal) {
	k := p.worker
	a := &attempt{route: s.back(), since: k.now, start: s.start}
	a.number = s.job
	l.own(k).attempt = a
	p.halfOpen++
	// Half of the time, so that requests of our own that wait for this connection can
	// still make another.
	a.due = p.own(p.config.RequestTimeout/2, event{kind: kAttemptDue, a: l.remote, conn: a.number})
	p.make(&signal{body: answer, from: p.index, to: l.remote, route: a.route, job: a.number, start: p.start, direct: s.direct})
}

// running is the protocols that the peer runs, as Hello tells them.
func (p *peer) running() set {
	var s set
	for _, c := range p.procs {
		if !c.stopping {
			s |= 1 << c.name
		}
	}
	return s
}

// isOpen reports whether the channel is open at our end.
func (a *attempt) isOpen(now time.Duration) bool { return a.opened != 0 && now >= a.opened }

// offered decides about another peer's offer.
func (p *peer) offered(s *signal) {
	l := p.link(s.from)
	c := p.proc(s.protocol)
	switch {
	case p.leaving:
		p.refuseOffer(s, messages.ErrClosed)
	case c == nil:
		p.refuseOffer(s, messages.ErrNoProtocol)
	case len(s.route) > max(1, c.protocol.Reach) && (l == nil || len(l.opens) == 0):
		p.worker.add(countOffersFromAfar)
		p.refuseOffer(s, messages.ErrRefused)
	case l != nil && l.living && !l.closing && l.start == s.start:
		p.refuseOffer(s, messages.ErrDuplicate)
	case l == nil || l.attempt == nil:
		if p.room(l) != nil {
			p.refuseOffer(s, messages.ErrFull)
			return
		}
		p.answer(p.linkTo(s.from), s)
	case l.attempt.isOpen(p.worker.now) || l.attempt.number == s.job:
		p.refuseOffer(s, messages.ErrDuplicate)
	case !l.attempt.offered:
		// It offers anew: what we answer is over for it.
		p.discard(l)
		p.answer(l, s)
	default:
		p.glare(l, s)
	}
}

// glare resolves two offers that crossed: that of the smaller PeerID stands. The
// smaller keeps the other's until its own attempt ends; the larger drops its own and
// answers. The requests of both wait for the connection that comes.
func (p *peer) glare(l *link, s *signal) {
	p.worker.add(countGlares)
	if p.less(l.remote) {
		l.attempt.kept = s
		return
	}
	yielded := l.attempt.number
	p.discard(l)
	p.answer(l, s)
	l.attempt.yielded = yielded
}

// less reports whether our PeerID is the smaller one.
func (p *peer) less(remote uint32) bool { return p.id().Less(p.worker.idOf(remote)) }

// answered takes the other side's answer to our offer.
func (p *peer) answered(s *signal) {
	l := p.link(s.from)
	if a := p.awaited(l, s.job); a != nil {
		p.accept(l, s)
		return
	}
	if l != nil && l.attempt != nil && !l.attempt.isOpen(p.worker.now) && l.attempt.yielded == s.job && len(l.opens) > 0 {
		// The other side answered the offer that yielded to its own, which it must
		// have given up.
		p.discard(l)
		p.worker.add(countAttemptsFailed)
		p.redial(l)
		p.settle(l)
		return
	}
	p.worker.add(countAnswersLate)
}

// awaited returns the attempt whose offer waits for an answer, if job names it.
func (p *peer) awaited(l *link, job uint64) *attempt {
	if l == nil || l.attempt == nil || !l.attempt.waits() || l.attempt.number != job {
		return nil
	}
	return l.attempt
}

// accept opens the connection, after the round trips that it takes. Then Hello and
// Proof go both ways.
func (p *peer) accept(l *link, s *signal) {
	a, k := l.attempt, p.worker
	a.answered, a.start = true, s.start
	if a.ended {
		p.abandon(l, messages.ErrClosed)
		return
	}
	if p.unreachable() && p.world.peers[l.remote] != nil && p.world.unreachable(l.remote) {
		return // the checks of both find nothing; a deadline ends it
	}
	var there time.Duration
	for range p.world.config.Network.RoundTrips() {
		there += p.latency() + p.latency()
	}
	if p.world.cut(p.index, l.remote) {
		// Our own end opens when the other's last message is back, which does not come.
		p.hold(l.remote, there, event{kind: kOpened, conn: a.number})
		return
	}
	ours := there + p.latency()
	a.opened = k.now + ours
	if k.calendar.waits(a.due) && a.opened < k.calendar.entry(a.due.index).at {
		k.calendar.cancel(a.due)
		a.due = p.own(ours+p.config.AuthTimeout, event{kind: kAttemptDue, a: l.remote, conn: a.number})
	}
	k.add(countConnectionsOpened)
	k.totals.Frames += 2 // Hello and Proof
	p.reach(l.remote, there, event{kind: kOpened, conn: a.number})
	a.last = k.now + ours + p.latency()
	a.announced = p.running()
	p.reach(l.remote, a.last-k.now, event{kind: kProof, conn: a.number, job: uint64(a.announced)})
}

// opened notes that the channel of an attempt that we answered is open.
func (p *peer) opened(m *event) {
	l := p.link(m.src)
	if l == nil || l.attempt == nil || l.attempt.number != m.conn || l.attempt.offered {
		return
	}
	a, k := l.attempt, p.worker
	a.opened = k.now
	k.calendar.cancel(a.due)
	a.due = p.own(p.config.AuthTimeout, event{kind: kAttemptDue, a: l.remote, conn: a.number})
	k.add(countConnectionsOpened)
	k.totals.Frames++ // Hello; Proof follows
	if p.hears(maxProtocols) {
		p.emit(maxProtocols, messages.ConnectionOpened{Peer: k.idOf(l.remote), Via: k.idOf(a.via()), Setup: k.now - a.since})
	}
}

func (p *peer) unreachable() bool { return p.world.unreachable(p.index) }

// unreachable reports whether a peer is one of the fraction that is.
func (w *World) unreachable(number uint32) bool {
	return w.config.Network.IsUnreachable(w.index.ids[number])
}

// attemptDue ends an attempt that does not live in time.
func (p *peer) attemptDue(e *event) {
	if l := p.link(e.a); l != nil && l.attempt != nil && l.attempt.number == e.conn {
		p.abandon(l, messages.ErrTimeout)
	}
}

// discard ends an attempt without a further look at it.
func (p *peer) discard(l *link) {
	a := l.attempt
	l.attempt = nil
	p.halfOpen--
	p.worker.calendar.cancel(a.due)
	if !a.ended && (a.answered || !a.offered) {
		p.close(&a.wire, l.remote)
	}
}

// abandon ends an attempt that did not come to life. What waits for it fails, unless
// the other side's offer was kept or comes along another way.
func (p *peer) abandon(l *link, err error) {
	a := l.attempt
	p.discard(l)
	if a.isOpen(p.worker.now) {
		p.emit(maxProtocols, messages.ConnectionClosed{Peer: p.worker.idOf(l.remote), Cause: messages.CauseRefused, Err: err})
	}
	if a.kept != nil && !p.leaving {
		p.answer(l, a.kept)
		return
	}
	p.worker.add(countAttemptsFailed)
	if a.offered && len(a.route) == 0 {
		p.visit.miss(l.remote, p.worker.now)
	}
	if !a.offered && len(l.opens) > 0 {
		p.redial(l)
		p.settle(l)
		return
	}
	p.failOpens(l, err)
	p.settle(l)
}

// redial makes a new attempt for what still waits after the end of a connection or
// of an attempt; beside a living connection it waits for the end of that one.
func (p *peer) redial(l *link) {
	if l.attempt != nil || l.living || len(l.opens) == 0 || l.ways.between(p) {
		return
	}
	if p.leaving {
		p.failOpens(l, messages.ErrClosed)
		return
	}
	route, err := p.route(l.opens[0])
	if err == nil {
		err = p.room(l)
	}
	if err != nil {
		p.failOpens(l, err)
		return
	}
	p.dial(l, route)
}

// ways is what was tried to get signals to a peer that requests wait for, after a
// relay on the way went away.
type ways struct {
	relays     []uint32 // the first of each way
	rendezvous bool
	retries    int
	err        error // of the last attempt
	due        handle
}

// between reports whether another way will be tried later.
func (w *ways) between(p *peer) bool { return w != nil && p.worker.calendar.waits(w.due) }

// forgetWays ends the retries of a peer that nothing waits for any more.
func (p *peer) forgetWays(l *link) {
	if l.ways != nil {
		p.worker.calendar.cancel(l.ways.due)
		l.ways = nil
	}
}

// refused ends the attempt that a refusal names. It may come from the peer itself or
// from a relay on the way.
func (p *peer) refused(s *signal) {
	for _, l := range p.links {
		a := p.awaited(l, s.job)
		if a == nil || s.from != l.remote && !slices.Contains(a.route, s.from) {
			continue
		}
		code := s.reason.Code()
		if p.wayRefused(l, s.from, code) {
			p.broke(l, code)
		} else {
			p.abandon(l, code)
		}
		return
	}
	p.worker.add(countAnswersLate)
}

// wayRefused reports whether a refusal is about the way that was taken, and not about
// the peer that it leads to.
func (p *peer) wayRefused(l *link, by uint32, code messages.Code) bool {
	route := l.attempt.route
	i := slices.Index(route, by)
	if l.ways != nil && l.ways.retries > 0 {
		return code == messages.ErrNotNeighbor && i >= 0 || code == messages.ErrUnknownPeer && len(route) == 0
	}
	return code == messages.ErrNotNeighbor && i >= 0 && i < len(route)-1
}

// broke ends an attempt whose way broke, and tries another way after a while.
func (p *peer) broke(l *link, err error) {
	a := l.attempt
	if l.ways == nil {
		l.own(p.worker).ways = &ways{}
	}
	w := l.ways
	w.err = err
	if len(a.route) > 0 {
		w.relays = append(w.relays, a.via())
	}
	if _, ok := p.way(l); !ok || a.kept != nil || w.retries >= p.config.MaxRetries {
		p.abandon(l, err)
		return
	}
	p.discard(l)
	p.worker.add(countAttemptsFailed)
	w.due = p.own(backoff(p.config.RetryWait, w.retries, &p.rand), event{kind: kRetryDue, a: l.remote, body: w})
}

// backoff is how long to wait before a retry: wait, doubled with each before it, give
// or take a half.
func backoff(wait time.Duration, retries int, r *rand.Rand) time.Duration {
	return time.Duration(float64(wait<<retries) * (0.5 + r.Float64()))
}

// retry makes the next attempt, unless the peer came along by itself.
func (p *peer) retry(remote uint32, w *ways) {
	l := p.link(remote)
	if l == nil || l.ways != w || l.attempt != nil || l.living {
		return
	}
	route, ok := p.way(l)
	err := w.err
	if ok {
		err = p.room(l)
	}
	if err != nil {
		p.failOpens(l, err)
		p.settle(l)
		return
	}
	w.retries++
	w.rendezvous = w.rendezvous || len(route) == 0
	p.worker.add(countRetries)
	p.dial(l, route)
}

// way draws a way to a peer that was not tried; an empty one is the rendezvous.
func (p *peer) way(l *link) (route []uint32, ok bool) {
	switch {
	case len(l.opens) == 0 || p.leaving:
		return nil, false
	case p.linked() && !l.ways.rendezvous && slices.ContainsFunc(l.opens, func(o *pendingOpen) bool { return o.job == 0 }):
		return nil, true
	}
	var relays []uint32
	for _, other := range p.order() {
		if other != l && other.ready() && !slices.Contains(l.ways.relays, other.remote) {
			relays = append(relays, other.remote)
		}
	}
	if len(relays) == 0 {
		return nil, false
	}
	return []uint32{relays[p.rand.IntN(len(relays))]}, true
}

// relayLost looks for attempts whose answer was to come through a neighbor that is
// gone.
func (p *peer) relayLost(relay uint32) {
	if !p.waitsFor(relay) {
		return
	}
	for _, l := range p.order() {
		if a := l.attempt; a != nil && a.waits() && a.via() == relay {
			p.broke(l, messages.ErrNotNeighbor)
		}
	}
}

// waitsFor reports whether the answer to an offer of ours is to come through a neighbor.
func (p *peer) waitsFor(relay uint32) bool {
	return p.halfOpen > 0 && slices.ContainsFunc(p.links, func(l *link) bool {
		return l.attempt != nil && l.attempt.waits() && l.attempt.via() == relay
	})
}
