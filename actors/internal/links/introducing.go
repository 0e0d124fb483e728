package links

import (
	"cmp"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// introduce checks an introduction and hands it to Effects. It must end within the
// time left.
func (t *Table) introduce(r *Protocol, c messages.Introduce, left time.Duration) {
	op, peer := t.opOf(c), c.From
	var err error
	from, to := t.neighbor(c.From), t.neighbor(c.To)
	switch {
	case c.From == c.To:
		err = messages.ErrSelf
	case c.From == t.self:
		t.open(r, messages.Open{Ticket: c.Ticket, Peer: c.To})
		return
	case c.To == t.self:
		err = checkEnd(from, r, c.Views.From)
	default:
		if err = checkEnd(from, r, c.Views.From); err == nil {
			peer = c.To
			err = checkEnd(to, r, c.Views.To)
		}
	}
	if err == nil && (from.living.proposed || to != nil && to.living.proposed) {
		if err = t.park(r, c, left); err == nil {
			return
		}
	}
	if err != nil {
		t.Fail(r.Number, c.Ticket, op, peer, err)
		return
	}
	i := Introduction{Number: r.Number, Protocol: r.Name, Ticket: c.Ticket, From: c.From, To: c.To, Job: Draw(t.rand), Left: left}
	i.Held[0] = from.living.id
	if to != nil {
		i.Held[1] = to.living.id
	} else {
		t.invites[i.Job] = i
	}
	t.Hold(i.Held, 1)
	t.out.Introduce(i)
}

// opOf is what a protocol asked for: an invitation when the arc is to us, else an
// introduction.
func (t *Table) opOf(c messages.Introduce) messages.Op {
	if c.To == t.self {
		return messages.OpInvite
	}
	return messages.OpIntroduce
}

// checkEnd returns an error if a peer cannot be an end of an introduction.
func checkEnd(l *link, r *Protocol, view messages.ViewName) error {
	if l == nil {
		return messages.ErrNotNeighbor
	}
	arcs := l.living.arcs(r.Number)
	switch {
	case view == messages.OutView && arcs.out == 0, view == messages.InView && arcs.in == 0, view > messages.OutView:
		return messages.ErrNotInView
	case !l.living.runs(r.Name):
		return messages.ErrNoProtocol
	}
	return nil
}

// IntroductionEnded tells the protocol how its introduction ended.
func (t *Table) IntroductionEnded(i Introduction, err error) {
	t.Hold(i.Held, -1)
	switch _, waits := t.invites[i.Job]; {
	case i.To == t.self && !waits:
		// The arc came before the outcome and carried the ticket.
	case i.To == t.self:
		delete(t.invites, i.Job)
		t.Fail(i.Number, i.Ticket, messages.OpInvite, i.From, cmp.Or(err, error(messages.ErrRefused)))
	case err != nil:
		t.Fail(i.Number, i.Ticket, messages.OpIntroduce, i.From, err)
	default:
		t.Tally.Add(tally.Introductions)
		t.Tell(i.Number, messages.Introduced{Ticket: i.Ticket, From: i.From, To: i.To})
	}
}

// invited returns the ticket of the invitation that the arcs answer, or 0.
func (t *Table) invited(l *link, r *Protocol, job uint64) messages.Ticket {
	i, ok := t.invites[job]
	if !ok || i.From != l.peer || i.Number != r.Number {
		return 0
	}
	delete(t.invites, job)
	return i.Ticket
}

// IntroducedTo takes a neighbor's introduction, which asks us to open an arc to
// another peer or to that neighbor.
func (t *Table) IntroducedTo(by, to messages.PeerID, job uint64, protocol string) {
	o := &pendingOpen{peer: to, job: job, by: by}
	if to != by {
		o.via, o.route = by, []messages.PeerID{by}
	}
	r := t.runs(protocol)
	err := error(messages.ErrNoProtocol)
	switch {
	case r == nil:
	case !r.Accepts:
		err = messages.ErrRefused
	default:
		o.number = r.Number
		err = t.tryOpen(o)
	}
	if err != nil {
		t.refuseIntroduction(o, messages.CodeOf(err))
	}
}

func (t *Table) refuseIntroduction(o *pendingOpen, code messages.Code) {
	if o.job != 0 {
		t.out.Introduced(o.by, o.job, code)
	}
}

// parked is an introduction that needs a connection which we proposed to close. It
// waits for the answer, because the other side may have agreed already.
type parked struct {
	number   uint32
	command  messages.Introduce
	deadline time.Time
	timer    Timer // at the deadline, while it waits
}

func (t *Table) park(r *Protocol, c messages.Introduce, left time.Duration) error {
	if t.opens >= t.config.MaxOpens {
		t.Tally.Add(tally.OpensRefusedFull)
		return messages.ErrFull
	}
	t.opens++
	p := &parked{number: r.Number, command: c, deadline: t.now().Add(left)}
	p.timer = t.out.After(left, p)
	t.parked = append(t.parked, p)
	return nil
}

// unpark looks again at the introductions that waited for the end of a proposal to
// close.
func (t *Table) unpark() {
	for _, p := range t.takeParked(func(*parked) bool { return true }) {
		t.introduce(t.protocols[p.number], p.command, p.deadline.Sub(t.now()))
	}
}

// due fails an introduction whose time ended while it waited.
func (p *parked) due(t *Table) {
	if len(t.takeParked(func(other *parked) bool { return other == p })) > 0 {
		t.Fail(p.number, p.command.Ticket, t.opOf(p.command), p.command.From, messages.ErrTimeout)
	}
}

// takeParked takes some introductions out of those that wait.
func (t *Table) takeParked(which func(*parked) bool) []*parked {
	var taken []*parked
	t.parked = slices.DeleteFunc(t.parked, func(p *parked) bool {
		if !which(p) {
			return false
		}
		p.timer.Stop()
		t.opens--
		taken = append(taken, p)
		return true
	})
	return taken
}
