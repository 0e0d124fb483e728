package actors

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// command obeys one request of a protocol. What fails changes nothing.
func (n *neighborhood) command(m command) {
	r := n.protocols[m.number]
	if r == nil || r.pid == nil {
		return
	}
	switch c := m.request.(type) {
	case messages.Send:
		n.sendMessage(r, c)
	case messages.Open:
		n.open(r, c)
	case messages.Close:
		n.close(r, c)
	case messages.Lock:
		n.lock(r, c)
	case messages.Unlock:
		n.unlock(r, c)
	case messages.Drop:
		n.drop(r, c)
	case messages.Introduce:
		n.introduce(r, c)
	case messages.Invite:
		n.introduce(r, messages.Introduce{Ticket: c.Ticket, From: c.Peer, To: n.self})
	}
}

// open asks for one arc: at once on a living connection, else after a dial.
func (n *neighborhood) open(r *registration, c messages.Open) {
	if err := n.tryOpen(c.Peer, c.Via, &pendingOpen{number: r.number, ticket: c.Ticket}); err != nil {
		n.fail(r.number, c.Ticket, messages.OpOpen, c.Peer, err)
	}
}

func (n *neighborhood) tryOpen(peer messages.PeerID, via []messages.PeerID, o *pendingOpen) error {
	o.route = via
	switch l := n.links[peer]; {
	case n.leaving:
		return messages.ErrClosed
	case peer == n.self:
		return messages.ErrSelf
	case peer.IsZero():
		return messages.ErrUnknownPeer
	case l != nil && l.ready():
		return n.openArc(l, o)
	case n.opens >= n.config.MaxOpens:
		n.tally.add(countOpensRefusedFull)
		return messages.ErrFull
	case l != nil && (l.attempt != nil || l.living != nil || l.ways.between()):
		if err := n.checkVia(peer, via); err != nil {
			return err
		}
		n.wait(l, o)
		return nil
	}
	route, err := n.route(peer, o)
	if err != nil {
		return err
	}
	if err := n.room(peer); err != nil {
		return err
	}
	l := n.link(peer)
	n.wait(l, o)
	n.dial(l, route, n.protocols[o.number].name)
	return nil
}

// route says how signals get to a peer that we have no connection to: along the
// relays that the request names, else through the rendezvous (an empty route).
// Who was introduced goes through the introducer alone.
func (n *neighborhood) route(peer messages.PeerID, o *pendingOpen) ([]messages.PeerID, error) {
	via := o.route
	if err := n.checkVia(peer, via); err != nil {
		return nil, err
	}
	switch {
	case len(via) > 0 && n.living(via[0]) != nil:
		return slices.Clone(via), nil
	case n.linked && o.job == 0:
		return nil, nil
	case len(via) > 0:
		return nil, messages.ErrNotNeighbor
	default:
		return nil, messages.ErrUnknownPeer
	}
}

// checkVia says why relays lead to no peer, if they do not.
func (n *neighborhood) checkVia(peer messages.PeerID, via []messages.PeerID) error {
	if len(via) > messages.MaxRoute {
		return messages.ErrTooBig
	}
	for i, hop := range via {
		if hop == n.self || hop == peer || hop.IsZero() || slices.Contains(via[:i], hop) {
			return messages.ErrUnknownPeer
		}
	}
	return nil
}

// room reports whether there is room for one more attempt.
func (n *neighborhood) room(peer messages.PeerID) error {
	if n.halfOpen >= n.config.MaxHalfOpen || n.links[peer] == nil && len(n.links) >= n.config.MaxConnections {
		n.tally.add(countConnectionsRefusedFull)
		return messages.ErrFull
	}
	return nil
}

func (n *neighborhood) link(peer messages.PeerID) *link {
	l := n.links[peer]
	if l == nil {
		l = &link{peer: peer}
		n.links[peer] = l
	}
	return l
}

func (n *neighborhood) wait(l *link, o *pendingOpen) {
	n.opens++
	l.opens = append(l.opens, o)
	o.timer = n.after(n.inbox, n.config.RequestTimeout, openExpired{l.peer, o})
}

// endOpen frees what a waiting request holds.
func (n *neighborhood) endOpen(o *pendingOpen) {
	n.opens--
	o.timer.Stop()
}

func (n *neighborhood) openExpired(m openExpired) {
	l := n.links[m.peer]
	if l == nil {
		return
	}
	i := slices.Index(l.opens, m.open)
	if i < 0 {
		return
	}
	l.opens = slices.Delete(l.opens, i, i+1)
	n.endOpen(m.open)
	n.failOpen(l.peer, m.open, messages.ErrTimeout)
	// One that is open may live for the other side already, which would take its
	// end for a crash: it has its own deadline.
	if a := l.attempt; a != nil && a.offered && !a.opened && len(l.opens) == 0 {
		n.abandon(l, messages.ErrTimeout)
	}
	n.settle(l)
}

func (n *neighborhood) failOpen(peer messages.PeerID, o *pendingOpen, err error) {
	if o.job != 0 {
		n.refuseIntroduction(o, messages.CodeOf(err))
		return
	}
	n.fail(o.number, o.ticket, messages.OpOpen, peer, err)
}

// openArc opens an arc on a living connection: one message, no handshake.
func (n *neighborhood) openArc(l *link, o *pendingOpen) error {
	r := n.protocols[o.number]
	switch {
	case r == nil:
		return messages.ErrNoProtocol
	case !l.living.runs(r.name):
		return messages.ErrNoProtocol
	}
	if err := l.living.ledger(o.number).open(n.config.MaxArcs); err != nil {
		return err
	}
	inviter := uint64(0)
	if o.by == l.peer {
		inviter = o.job
	}
	n.tally.add(countArcsOpened)
	if l.living.linger != nil {
		n.tally.add(countRevived)
	}
	n.sendArcs(l, o.number, inviter)
	n.settle(l)
	n.tellArc(r, l.peer, l.living, messages.ArcOpened{Ticket: o.ticket, Peer: l.peer, Dir: messages.Out, Via: o.via})
	if o.job != 0 {
		n.ctx.Send(n.n2n, introductionAnswered{by: o.by, job: o.job})
	}
	return nil
}

// sendArcs tells the other side how many arcs of a protocol we hold to it.
func (n *neighborhood) sendArcs(l *link, number uint32, inviter uint64) {
	k := l.living
	ledger := k.ledger(number)
	k.sent++
	n.send(k, &messages.Arcs{Protocol: number, Count: uint32(ledger.out), Seq: ledger.outSeq, Job: inviter})
}

func (n *neighborhood) close(r *registration, c messages.Close) {
	n.change(r, c.Ticket, messages.OpClose, c.Peer, func(l *link, ledger *ledger) error {
		if err := ledger.close(); err != nil {
			return err
		}
		n.sendArcs(l, r.number, 0)
		n.tellArc(r, c.Peer, l.living, messages.ArcClosed{Ticket: c.Ticket, Peer: c.Peer, Dir: messages.Out, Cause: messages.CauseClosed})
		n.settle(l)
		return nil
	})
}

func (n *neighborhood) lock(r *registration, c messages.Lock) {
	n.change(r, c.Ticket, messages.OpLock, c.Peer, func(l *link, ledger *ledger) error {
		if err := ledger.lock(); err != nil {
			return err
		}
		n.ctx.Send(r.pid, routed{event: messages.Locked(c), locks: ledger.locks})
		return nil
	})
}

func (n *neighborhood) unlock(r *registration, c messages.Unlock) {
	n.change(r, c.Ticket, messages.OpUnlock, c.Peer, func(l *link, ledger *ledger) error {
		if err := ledger.unlock(); err != nil {
			return err
		}
		n.ctx.Send(r.pid, routed{event: messages.Unlocked(c), locks: ledger.locks})
		return nil
	})
}

func (n *neighborhood) drop(r *registration, c messages.Drop) {
	n.change(r, c.Ticket, messages.OpDrop, c.Peer, func(l *link, ledger *ledger) error {
		if ledger.in == 0 {
			return messages.ErrNoArc
		}
		n.refuseArcsAs(l, r, l.living.theirNumber(r.name), 0, messages.Reason_REASON_DROPPED, messages.CauseDropped, c.Ticket)
		n.settle(l)
		return nil
	})
}

// change applies a request to the arcs with one neighbor.
func (n *neighborhood) change(r *registration, ticket messages.Ticket, op messages.Op, peer messages.PeerID, apply func(*link, *ledger) error) {
	l := n.living(peer)
	err := error(messages.ErrNoArc)
	if l != nil {
		err = apply(l, l.living.ledger(r.number))
	}
	if err != nil {
		n.fail(r.number, ticket, op, peer, err)
	}
}

// sendMessage sends a protocol's message to a neighbor, whichever way arcs point.
func (n *neighborhood) sendMessage(r *registration, c messages.Send) {
	l := n.links[c.To]
	var err error
	switch {
	case c.To == n.self:
		err = messages.ErrSelf
	case l == nil || l.living == nil || l.living.closing:
		err = messages.ErrNotNeighbor
	case !l.living.runs(r.name):
		err = messages.ErrNoProtocol
	default:
		n.tally.add(countMessagesSent)
		n.ctx.Send(l.living.pid, outbound{
			class:    protocols.Delivery(r.delivery),
			envelope: messages.Envelope{Protocol: r.number, Message: c.Message},
			origin:   r.number, ticket: c.Ticket,
		})
		return
	}
	n.fail(r.number, c.Ticket, messages.OpSend, c.To, err)
}

// introducedTo is an introduction by a neighbor: it asks us to open an arc to
// another peer, or to itself.
func (n *neighborhood) introducedTo(m introducedTo) {
	o := &pendingOpen{job: m.job, by: m.by, via: m.by}
	via := []messages.PeerID{m.by}
	if m.to == m.by {
		o.via, via = messages.PeerID{}, nil
	}
	r := n.byName(m.protocol)
	err := error(messages.ErrNoProtocol)
	switch {
	case r == nil || r.pid == nil:
	case !r.accepts:
		err = messages.ErrRefused
	default:
		o.number = r.number
		err = n.tryOpen(m.to, via, o)
	}
	if err != nil {
		n.refuseIntroduction(o, messages.CodeOf(err))
	}
}

func (n *neighborhood) refuseIntroduction(o *pendingOpen, code messages.Code) {
	if o.job != 0 {
		n.ctx.Send(n.n2n, introductionAnswered{by: o.by, job: o.job, code: code})
	}
}
