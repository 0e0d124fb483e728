package actors

import (
	"cmp"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// introduce checks an introduction and hands it to the n2n actor.
func (n *neighborhood) introduce(r *registration, c messages.Introduce) {
	n.introduceIn(r, c, n.config.RequestTimeout)
}

// introduceIn is introduce with the time that is left for it.
func (n *neighborhood) introduceIn(r *registration, c messages.Introduce, left time.Duration) {
	op, peer := messages.OpIntroduce, c.From
	if c.To == n.self {
		op = messages.OpInvite
	}
	var err error
	from, to := n.living(c.From), n.living(c.To)
	switch {
	case c.From == c.To:
		err = messages.ErrSelf
	case c.From == n.self:
		n.open(r, messages.Open{Ticket: c.Ticket, Peer: c.To})
		return
	case c.To == n.self:
		err = checkEnd(from, r, c.Views.From)
	default:
		if err = checkEnd(from, r, c.Views.From); err == nil {
			peer = c.To
			err = checkEnd(to, r, c.Views.To)
		}
	}
	if err == nil && (from.living.proposed || to != nil && to.living.proposed) {
		if err = n.park(r, c, left); err == nil {
			return
		}
	}
	if err != nil {
		n.fail(r.number, c.Ticket, op, peer, err)
		return
	}
	i := introduction{number: r.number, protocol: r.name, ticket: c.Ticket, from: c.From, to: c.To, job: job(n.rand), left: left}
	i.held[0] = from.living.id
	if to != nil {
		i.held[1] = to.living.id
	} else {
		n.invites[i.job] = i
	}
	n.hold(i.held, 1)
	n.ctx.Send(n.n2n, startIntroduction{i})
}

// checkEnd says why a peer cannot be an end of an introduction, if it cannot.
func checkEnd(l *link, r *registration, view messages.ViewName) error {
	if l == nil {
		return messages.ErrNotNeighbor
	}
	arcs := l.living.arcs(r.number)
	switch {
	case view == messages.OutView && arcs.out == 0, view == messages.InView && arcs.in == 0, view > messages.OutView:
		return messages.ErrNotInView
	case !l.living.runs(r.name):
		return messages.ErrNoProtocol
	}
	return nil
}

// introductionEnded tells the protocol how its introduction ended.
func (n *neighborhood) introductionEnded(m introductionEnded) {
	n.hold(m.held, -1)
	switch _, waits := n.invites[m.job]; {
	case m.to == n.self && !waits:
		// The arc came before the outcome and carried the ticket.
	case m.to == n.self:
		delete(n.invites, m.job)
		n.fail(m.number, m.ticket, messages.OpInvite, m.from, cmp.Or(m.err, error(messages.ErrRefused)))
	case m.err != nil:
		n.fail(m.number, m.ticket, messages.OpIntroduce, m.from, m.err)
	default:
		n.tally.add(countIntroductions)
		n.tell(n.protocols[m.number], messages.Introduced{Ticket: m.ticket, From: m.from, To: m.to})
	}
}
