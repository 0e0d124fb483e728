package arcs

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// job is an introduction of this peer: from is to open an arc to to.
type job struct {
	proc     *proc
	ticket   messages.Ticket
	from, to uint32
	number   uint64
	held     [2]uint64 // the connections to both; 0 where that is this peer
	answered bool      // the arc of an invitation came before the outcome
	due      handle
}

// parked is an introduction that waits for the answer to our proposal to close a
// connection that it needs.
type parked struct {
	proc    *proc
	command messages.Introduce
	until   time.Duration // its deadline
	due     handle
}

// introduce checks an introduction and asks the neighbor. until is its deadline if it has
// waited, else 0.
func (p *peer) introduce(c *proc, m messages.Introduce, until time.Duration) {
	self := p.id()
	op, peer := messages.OpIntroduce, m.From
	if m.To == self {
		op = messages.OpInvite
	}
	from, to := p.neighbor(p.world.index.find(m.From)), p.neighbor(p.world.index.find(m.To))
	var err error
	switch {
	case m.From == m.To:
		err = messages.ErrSelf
	case m.From == self:
		p.open(c, m.Ticket, m.To, nil)
		return
	case m.To == self:
		to = nil
		err = p.checkEnd(from, c, m.Views.From)
	default:
		if err = p.checkEnd(from, c, m.Views.From); err == nil {
			peer = m.To
			err = p.checkEnd(to, c, m.Views.To)
		}
	}
	switch {
	case err != nil:
	case from.proposed || to != nil && to.proposed:
		if p.opens >= p.config.MaxOpens {
			p.worker.add(countOpensRefusedFull)
			err = messages.ErrFull
			break
		}
		p.park(c, m, until)
		return
	case len(p.jobs) >= p.config.MaxJobs:
		p.worker.add(countJobsRefusedFull)
		peer, err = m.From, messages.ErrFull
	}
	if err != nil {
		p.fail(c, m.Ticket, op, peer, err)
		return
	}
	j := &job{proc: c, ticket: m.Ticket, from: from.remote, to: p.index, number: p.number()}
	j.held[0] = from.number
	if to != nil {
		j.to, j.held[1] = to.remote, to.number
	}
	j.due = p.own(p.left(until), event{kind: kJobDue, job: j.number})
	p.jobs = append(p.jobs, j)
	p.need(from, 1)
	if to != nil {
		p.need(to, 1)
	}
	p.send(from, event{kind: kIntroduction, protocol: c.name, job: j.number, a: j.to})
}

// checkEnd says why a peer cannot be an end of an introduction, if it cannot.
func (p *peer) checkEnd(l *link, c *proc, view messages.ViewName) error {
	if l == nil {
		return messages.ErrNotNeighbor
	}
	arcs := l.arcs(c.name)
	switch {
	case view == messages.OutView && arcs.out == 0, view == messages.InView && arcs.in == 0, view > messages.OutView:
		return messages.ErrNotInView
	case !l.runs.has(c.name):
		return messages.ErrNoProtocol
	}
	return nil
}

// left is how much is left of a request's time, which ends then; 0: it begins now.
func (p *peer) left(until time.Duration) time.Duration {
	if until == 0 {
		return p.config.RequestTimeout
	}
	return until - p.worker.now
}

func (p *peer) park(c *proc, m messages.Introduce, until time.Duration) {
	left := p.left(until)
	k := &parked{proc: c, command: m, until: p.worker.now + left}
	k.due = p.own(left, event{kind: kParkedDue, body: k})
	p.opens++
	p.parked = append(p.parked, k)
}

// unpark looks again at the introductions that waited.
func (p *peer) unpark() {
	if len(p.parked) == 0 {
		return
	}
	for _, k := range p.takeParked(func(*parked) bool { return true }) {
		p.introduce(k.proc, k.command, k.until)
	}
}

func (p *peer) parkedDue(k *parked) {
	if len(p.takeParked(func(other *parked) bool { return other == k })) == 0 {
		return
	}
	op := messages.OpIntroduce
	if k.command.To == p.id() {
		op = messages.OpInvite
	}
	p.fail(k.proc, k.command.Ticket, op, k.command.From, messages.ErrTimeout)
}

func (p *peer) takeParked(which func(*parked) bool) []*parked {
	var taken []*parked
	p.parked = slices.DeleteFunc(p.parked, func(k *parked) bool {
		if !which(k) {
			return false
		}
		p.opens--
		p.worker.calendar.cancel(k.due)
		taken = append(taken, k)
		return true
	})
	return taken
}

// outcome takes a neighbor's answer to our introduction.
func (p *peer) outcome(m *event) {
	i := slices.IndexFunc(p.jobs, func(j *job) bool { return j.number == m.job && j.from == m.src })
	switch {
	case i < 0:
		p.worker.add(countOutcomesLate)
	case m.reason == messages.Reason_REASON_UNSPECIFIED:
		p.endJob(i, nil)
	default:
		p.endJob(i, m.reason.Code())
	}
}

func (p *peer) jobDue(number uint64) {
	if i := slices.IndexFunc(p.jobs, func(j *job) bool { return j.number == number }); i >= 0 {
		p.endJob(i, messages.ErrTimeout)
	}
}

// jobsLost ends the introductions that a lost neighbor was to obey.
func (p *peer) jobsLost(remote uint32) {
	for i := 0; i < len(p.jobs); i++ {
		if p.jobs[i].from == remote {
			p.endJob(i, messages.ErrClosed)
			i--
		}
	}
}

// endJob tells the protocol how its introduction ended.
func (p *peer) endJob(i int, err error) {
	j := p.jobs[i]
	p.jobs = slices.Delete(p.jobs, i, i+1)
	p.worker.calendar.cancel(j.due)
	p.release(j.from, j.held[0])
	if j.held[1] != 0 {
		p.release(j.to, j.held[1])
	}
	id := p.worker.idOf
	switch {
	case j.to == p.index && j.answered:
	case j.to == p.index:
		if err == nil {
			err = messages.ErrRefused
		}
		p.fail(j.proc, j.ticket, messages.OpInvite, id(j.from), err)
	case err != nil:
		p.fail(j.proc, j.ticket, messages.OpIntroduce, id(j.from), err)
	default:
		p.worker.add(countIntroductions)
		p.turn(j.proc, messages.Introduced{Ticket: j.ticket, From: id(j.from), To: id(j.to)}, 0)
	}
}

// invited returns the ticket of the invitation that arcs answer, if any.
func (p *peer) invited(l *link, c *proc, number uint64) messages.Ticket {
	if number == 0 {
		return 0
	}
	for _, j := range p.jobs {
		if j.number == number && j.to == p.index && j.from == l.remote && j.proc == c && !j.answered {
			j.answered = true
			return j.ticket
		}
	}
	return 0
}

// introducedTo takes a neighbor's wish that we open an arc to another peer, or to itself.
func (p *peer) introducedTo(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		p.worker.add(countSignalsLate)
		return
	}
	allowed := l.signals.take(p.worker.now, p.config.SignalRate, p.config.SignalBurst)
	c := p.proc(m.protocol)
	o := &pendingOpen{proc: c, job: m.job, by: m.src, via: m.src, route: []uint32{m.src}}
	if m.a == m.src {
		o.via, o.route = 0, nil
	}
	err := error(messages.ErrNoProtocol)
	p.serving++
	switch {
	case m.a == p.index:
		err = messages.ErrSelf
	case !allowed:
		err = messages.ErrRate
	case p.serving > p.config.MaxRelays:
		err = messages.ErrFull
	case c == nil:
	case c.protocol.Introductions == protocols.Refuse:
		err = messages.ErrRefused
	default:
		if err = p.fault(m); err == nil {
			err = p.tryOpen(m.a, o)
		}
	}
	if err != nil {
		p.refuseIntroduction(o, messages.CodeOf(err))
	}
}

// fault returns the error with which an arc that a neighbor wants is to fail, if any.
func (p *peer) fault(m *event) error {
	op := messages.OpIntroduce
	if m.a == m.src {
		op = messages.OpInvite
	}
	if fault := p.world.config.Fault; fault != nil {
		return fault(op, p.id(), p.worker.idOf(m.a))
	}
	return nil
}

func (p *peer) refuseIntroduction(o *pendingOpen, code messages.Code) {
	if o.job != 0 {
		p.worker.add(countIntroductionsRefused)
		p.introductionAnswered(o.by, o.job, code.Reason())
	}
}

// introductionAnswered tells a neighbor how its introduction ended here.
func (p *peer) introductionAnswered(by uint32, job uint64, reason messages.Reason) {
	p.serving--
	if l := p.neighbor(by); l != nil {
		p.send(l, event{kind: kOutcome, job: job, reason: reason})
		return
	}
	p.worker.add(countForwardsWithoutNeighbor)
}
