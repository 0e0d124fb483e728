package arcs

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// failure says what failed, to whom and why.
type failure struct {
	op   messages.Op
	peer messages.PeerID
	err  error
}

func (f failure) Error() string {
	return string(f.op) + " " + f.peer.String() + ": " + f.err.Error()
}
func (f failure) Unwrap() error { return f.err }

// fail ends a request without success.
func (p *peer) fail(c *proc, t messages.Ticket, op messages.Op, peer messages.PeerID, err error) {
	p.worker.add(failedOps[op])
	p.turn(c, messages.Failed{Ticket: t, Op: op, Peer: peer, Err: failure{op, peer, err}}, 0)
}

// open asks for one arc: at once on a living connection, else after a dial.
func (p *peer) open(c *proc, t messages.Ticket, peer messages.PeerID, via []messages.PeerID) {
	o := &pendingOpen{proc: c, ticket: t}
	err := p.checkVia(peer, via)
	to := p.world.index.find(peer)
	switch {
	case p.leaving || p.ended:
		err = messages.ErrClosed
	case peer == p.id():
		err = messages.ErrSelf
	case peer.IsZero():
		err = messages.ErrUnknownPeer
	case to == 0:
		p.openStranger(c, t, peer, via, err)
		return
	default:
		if fault := p.world.config.Fault; fault != nil {
			if err := fault(messages.OpOpen, p.id(), peer); err != nil {
				p.fail(c, t, messages.OpOpen, peer, err)
				return
			}
		}
		if l := p.link(to); l != nil && l.ready() {
			err = p.openArc(l, o)
		} else if err == nil {
			for _, hop := range via {
				o.route = append(o.route, p.world.index.find(hop))
			}
			err = p.tryOpen(to, o)
		}
	}
	if err != nil {
		p.fail(c, t, messages.OpOpen, peer, err)
	}
}

// checkVia says why relays lead to no peer, if they do not.
func (p *peer) checkVia(peer messages.PeerID, via []messages.PeerID) error {
	if len(via) > messages.MaxRoute {
		return messages.ErrTooBig
	}
	self := p.id()
	for i, hop := range via {
		if hop == self || hop == peer || hop.IsZero() || slices.Contains(via[:i], hop) {
			return messages.ErrUnknownPeer
		}
	}
	return nil
}

// openStranger fails to open an arc to a PeerID that nobody has, in the time that it
// takes to learn so.
func (p *peer) openStranger(c *proc, t messages.Ticket, peer messages.PeerID, via []messages.PeerID, err error) {
	d := gathering
	switch {
	case err != nil:
		d = 0
	case len(via) > 0 && p.neighbor(p.world.index.find(via[0])) != nil:
		err = messages.ErrNotNeighbor
		for range via {
			d += p.latency() + p.latency()
		}
	case p.linked():
		err = messages.ErrUnknownPeer
		d += p.latency() + p.latency()
	case len(via) > 0:
		err, d = messages.ErrNotNeighbor, 0
	default:
		err, d = messages.ErrUnknownPeer, 0
	}
	if d == 0 {
		p.fail(c, t, messages.OpOpen, peer, err)
		return
	}
	p.own(d, event{kind: kTurn, body: func() { p.fail(c, t, messages.OpOpen, peer, err) }})
}

// tryOpen asks for an arc that a protocol or a neighbor wants.
func (p *peer) tryOpen(to uint32, o *pendingOpen) error {
	o.to = to
	l := p.link(to)
	switch {
	case p.leaving || p.ended:
		return messages.ErrClosed
	case to == p.index:
		return messages.ErrSelf
	case l != nil && l.ready():
		return p.openArc(l, o)
	case p.opens >= p.config.MaxOpens:
		p.worker.add(countOpensRefusedFull)
		return messages.ErrFull
	case l != nil && (l.attempt != nil || l.living || l.ways.between(p)):
		p.wait(l, o)
		return nil
	}
	route, err := p.route(o)
	if err == nil {
		err = p.room(l)
	}
	if err != nil {
		return err
	}
	l = p.linkTo(to)
	p.wait(l, o)
	p.dial(l, route)
	return nil
}

// route says how signals get to a peer that there is no connection to: along the
// relays that the request names, else through the rendezvous (an empty route). An
// introduced peer goes through the introducer alone.
func (p *peer) route(o *pendingOpen) ([]uint32, error) {
	switch {
	case len(o.route) > 0 && p.neighbor(o.route[0]) != nil:
		return o.route, nil
	case p.linked() && o.job == 0:
		return nil, nil
	case len(o.route) > 0:
		return nil, messages.ErrNotNeighbor
	default:
		return nil, messages.ErrUnknownPeer
	}
}

// room reports whether there is room for one more attempt; l is nil for a new link.
func (p *peer) room(l *link) error {
	if p.halfOpen >= p.config.MaxHalfOpen || l == nil && len(p.links) >= p.config.MaxConnections {
		p.worker.add(countConnectionsRefusedFull)
		return messages.ErrFull
	}
	return nil
}

func (p *peer) wait(l *link, o *pendingOpen) {
	p.opens++
	x := l.own(p.worker)
	x.opens = append(x.opens, o)
	o.due = p.own(p.config.RequestTimeout, event{kind: kOpenDue, body: o})
}

// endOpen frees what a waiting request holds.
func (p *peer) endOpen(o *pendingOpen) {
	p.opens--
	p.worker.calendar.cancel(o.due)
}

func (p *peer) openDue(o *pendingOpen) {
	l := p.link(o.to)
	if l == nil {
		return
	}
	i := slices.Index(l.opens, o)
	if i < 0 {
		return
	}
	l.opens = slices.Delete(l.opens, i, i+1)
	p.endOpen(o)
	p.failOpen(o, messages.ErrTimeout)
	// An attempt that is open may live for the other side already, which would take
	// its end for a crash: it has a deadline of its own.
	if a := l.attempt; a != nil && a.offered && !a.isOpen(p.worker.now) && len(l.opens) == 0 {
		p.abandon(l, messages.ErrTimeout)
	}
	p.settle(l)
}

func (p *peer) failOpen(o *pendingOpen, err error) {
	if o.job != 0 {
		p.refuseIntroduction(o, messages.CodeOf(err))
		return
	}
	p.fail(o.proc, o.ticket, messages.OpOpen, p.worker.idOf(o.to), err)
}

func (p *peer) failOpens(l *link, err error) {
	opens := l.opens
	if len(opens) == 0 {
		return
	}
	l.opens = nil
	for _, o := range opens {
		p.endOpen(o)
		p.failOpen(o, err)
	}
}

// openArc opens an arc on a living connection: one message, no handshake.
func (p *peer) openArc(l *link, o *pendingOpen) error {
	c := o.proc
	if c.stopping || !l.runs.has(c.name) {
		return messages.ErrNoProtocol
	}
	e := l.ledger(p.worker, c.name)
	if int(e.out) >= p.config.MaxArcs {
		return messages.ErrFull
	}
	e.out++
	e.outSeq++
	inviter := uint64(0)
	if o.by == l.remote {
		inviter = o.job
	}
	p.worker.add(countArcsOpened)
	if l.lingers {
		p.worker.add(countRevived)
	}
	p.sendArcs(l, e, inviter)
	p.settle(l)
	p.tellArc(c, messages.ArcOpened{Ticket: o.ticket, Peer: p.worker.idOf(l.remote), Dir: messages.Out, Via: p.worker.idOf(o.via)}, e.locks)
	if o.job != 0 {
		p.introductionAnswered(o.by, o.job, 0)
	}
	return nil
}

// openWaiting opens the arcs that waited for a connection that is ready now.
func (p *peer) openWaiting(l *link) {
	opens := l.opens
	if len(opens) == 0 {
		return
	}
	l.opens = nil
	for _, o := range opens {
		p.endOpen(o)
		if o.via == 0 {
			o.via = l.via
		}
		if err := p.openArc(l, o); err != nil {
			p.failOpen(o, err)
		}
	}
}
