package arcs

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// closeAnswerTimeout is how long the end of a connection that both sides agreed to
// may take.
const closeAnswerTimeout = 5 * time.Second

// authenticated makes an attempt a living connection: the other side's Hello and
// Proof are there.
func (p *peer) authenticated(m *event) {
	l := p.link(m.src)
	if l == nil || l.attempt == nil || l.attempt.number != m.conn {
		return
	}
	a, k := l.attempt, p.worker
	l.attempt = nil
	p.halfOpen--
	k.calendar.cancel(a.due)
	if l.living { // another start of the peer has proved who it is
		p.close(&l.wire, l.remote)
		p.lost(l, l.end())
	}
	l.living, l.start, l.via, l.wire, l.runs = true, a.start, a.via(), a.wire, set(m.job)
	l.rtt = k.now - a.opened
	k.add(countConnectionsAuthenticated)
	if a.offered {
		k.add(countHandshakes)
	}
	if !a.offered {
		// Our own Proof answers the other side's Hello.
		p.travel(&l.wire, l.remote, event{kind: kProof, job: uint64(p.running())})
	} else if runs := p.running(); runs != a.announced {
		p.send(l, event{kind: kProtocols, job: uint64(runs &^ a.announced), body: a.announced &^ runs})
	}
	if p.hears(maxProtocols) {
		p.emit(maxProtocols, messages.ConnectionAuthenticated{
			Peer: k.idOf(l.remote), Offered: a.offered, Via: k.idOf(a.via()), Setup: k.now - a.since,
		})
	}
	p.watch(l)
	p.openWaiting(l)
	p.settle(l)
}

// closed takes the end of a connection at the other side.
func (p *peer) closed(m *event) {
	l := p.link(m.src)
	switch {
	case l == nil:
	case l.attempt != nil && l.attempt.number == m.conn:
		l.attempt.ended = true
		if l.attempt.answered || !l.attempt.offered {
			p.abandon(l, messages.ErrClosed)
		}
	case l.living && l.number == m.conn:
		p.over(l)
	}
}

// gone ends a connection on which nothing came for too long.
func (p *peer) gone(m *event) {
	if l := p.current(m.a, m.conn); l != nil {
		p.over(l)
	}
}

// over takes the end of a living connection.
func (p *peer) over(l *link) {
	p.lost(l, l.end())
	p.redial(l)
	p.settle(l)
}

// end is the cause of a connection's end when nobody says another.
func (l *link) end() messages.Cause {
	if l.closing {
		return messages.CauseClosed
	}
	return messages.CauseCrashed
}

// hangUp closes a living connection from our side.
func (p *peer) hangUp(l *link) {
	p.close(&l.wire, l.remote)
	p.over(l)
}

// lost tells each protocol what a connection's end takes away: one PeerDown, then its
// arcs, out before in.
func (p *peer) lost(l *link, cause messages.Cause) {
	k := p.worker
	p.lingerUntil(l, 0)
	k.calendar.cancel(l.overdue)
	k.calendar.cancel(l.severed)
	proposed, congested := l.proposed, l.congested
	ledgers := append([]ledger{l.one}, l.more...)
	l.living, l.proposed, l.closing, l.congested = false, false, false, false
	l.holds, l.sent, l.seen, l.runs = 0, 0, 0, 0
	l.one, l.wire, l.waits, l.signals = ledger{}, wire{}, 0, 0
	if x := l.pending; x != nothing {
		x.unwanted, x.more = 0, x.more[:0]
	}
	p.jobsLost(l.remote)
	p.relaysLost(l.remote)
	id := k.idOf(l.remote)
	for _, c := range p.procs {
		for _, e := range ledgers {
			if e.protocol() != c.name || !e.held() {
				continue
			}
			p.tellArc(c, messages.PeerDown{Peer: id, Out: int(e.out), In: int(e.in), Cause: cause}, 0)
			p.closedArcs(l, c, messages.Out, int(e.out), cause)
			p.closedArcs(l, c, messages.In, int(e.in), cause)
		}
	}
	if congested {
		p.tellAll(messages.Drained{Peer: id})
	}
	if proposed {
		p.unpark()
	}
	p.relayLost(l.remote)
	if p.hears(maxProtocols) {
		p.emit(maxProtocols, messages.ConnectionClosed{Peer: id, Cause: cause})
	}
}

// settle lets a connection linger that nobody uses, revives one that is used, and
// forgets what is over.
func (p *peer) settle(l *link) {
	if len(l.opens) == 0 {
		p.forgetWays(l)
	}
	l.trim(p.worker)
	if l.idle() {
		p.forget(l)
		return
	}
	if !l.living || l.closing {
		return
	}
	used := l.holds > 0 || len(l.opens) > 0 || l.used()
	switch {
	case used && l.lingers:
		p.lingerUntil(l, 0)
	case !used && !l.lingers:
		at := p.worker.now + p.config.Linger
		p.lingerUntil(l, at)
		p.lingerTo(at)
	}
}

// lingerUntil sets when a connection has lingered for long enough. 0: it is used.
func (p *peer) lingerUntil(l *link, at time.Duration) {
	if l.lingers || at != 0 {
		l.lingers = at != 0
		p.until[slices.Index(p.keys, l.remote)] = at
	}
}

// lingerTo has the peer look at its lingering connections at a time. One timer does for
// all of them. It waits for the earliest, which is another one than before when
// Retime has made it shorter meanwhile.
func (p *peer) lingerTo(at time.Duration) {
	c := p.worker.calendar
	if c.waits(p.idle) {
		if c.entry(p.idle.index).at <= at {
			return
		}
		c.cancel(p.idle)
	}
	p.idle = p.own(at-p.worker.now, event{kind: kLingered})
}

// lingered looks for connections that were not used for long.
func (p *peer) lingered() {
	next := time.Duration(0)
	for i, at := range p.until {
		switch {
		case at == 0:
		case at <= p.worker.now:
			p.until[i], p.links[i].lingers = 0, false
			p.propose(p.links[i])
		case next == 0 || at < next:
			next = at
		}
	}
	if next > 0 {
		p.lingerTo(next)
	}
}

// propose asks the other side to close a connection. Only the smaller PeerID proposes;
// its opens wait for the answer.
func (p *peer) propose(l *link) {
	if !l.living || !p.less(l.remote) || l.proposed || l.closing {
		return
	}
	l.proposed = true
	p.send(l, event{kind: kProposal, a: l.seen})
	l.own(p.worker).overdue = p.own(closeAnswerTimeout, event{kind: kCloseOverdue, a: l.remote, conn: l.number})
}

// proposal answers the other side's wish to close: no when we have opened arcs that
// it had not seen, or need the connection otherwise.
func (p *peer) proposal(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil || p.less(l.remote) || l.closing {
		p.worker.add(countProposalsIgnored)
		return
	}
	agreed := m.a == l.sent && !l.used() && l.holds == 0 && len(l.opens) == 0 && !p.waitsFor(l.remote)
	e := event{kind: kProposalTaken}
	if agreed {
		e.a = 1
	}
	p.send(l, e)
	if !agreed {
		p.worker.add(countProposalsCancelled)
		return
	}
	l.closing = true
	l.own(p.worker).overdue = p.own(closeAnswerTimeout, event{kind: kCloseOverdue, a: l.remote, conn: l.number})
}

func (p *peer) proposalTaken(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil || !l.proposed {
		p.worker.add(countCloseAnswersLate)
		return
	}
	l.proposed = false
	if m.a == 1 && !l.used() {
		l.closing = true
		p.hangUpParked(l)
		return
	}
	p.unpropose(l)
}

// hangUpParked closes a connection that introductions may have waited for.
func (p *peer) hangUpParked(l *link) {
	p.unpark()
	p.hangUp(l)
}

// unpropose goes on with a connection after a proposal that came to nothing.
func (p *peer) unpropose(l *link) {
	l.proposed = false
	p.worker.calendar.cancel(l.overdue)
	p.lingerUntil(l, 0)
	p.openWaiting(l)
	p.unpark()
	p.settle(l)
}

// closeOverdue ends a connection whose agreed or proposed end did not come.
func (p *peer) closeOverdue(m *event) {
	l := p.current(m.a, m.conn)
	switch {
	case l == nil:
	case l.closing:
		p.hangUp(l)
	case l.proposed: // the other side may have agreed; going on would tear what it closes
		l.proposed, l.closing = false, true
		p.hangUpParked(l)
	}
}

// farewell takes the other side's Leave.
func (p *peer) farewell(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		return
	}
	p.close(&l.wire, l.remote)
	p.lost(l, messages.CauseLeft)
	p.redial(l)
	p.settle(l)
}
