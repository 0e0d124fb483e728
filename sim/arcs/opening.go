package arcs

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
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
	if l.idleTo != 0 {
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

// sendArcs tells the other side how many arcs of a protocol we hold to it.
func (p *peer) sendArcs(l *link, e *ledger, inviter uint64) {
	l.sent++
	p.send(l, event{kind: kArcs, protocol: e.protocol, a: uint32(e.out), b: e.outSeq, job: inviter})
}

// arcs takes over the number of arcs that the other side holds to us, or refuses.
func (p *peer) arcs(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		return
	}
	l.seen++
	c := p.proc(m.protocol)
	if c == nil {
		p.worker.add(countArcsRefused)
		p.send(l, event{kind: kArcsRefused, protocol: m.protocol, b: m.b, reason: messages.Reason_REASON_NO_PROTOCOL})
		return
	}
	e := l.ledger(p.worker, c.name)
	before := int(e.in)
	e.in, e.inSeq = uint16(min(int(m.a), p.config.MaxArcs)), m.b
	if int(m.a) > p.config.MaxArcs {
		p.worker.add(countArcsRefused)
		p.send(l, event{kind: kArcsRefused, protocol: m.protocol, a: uint32(e.in), b: m.b, reason: messages.Reason_REASON_FULL})
	}
	change := int(e.in) - before
	if l.proposed && change > 0 {
		p.unpropose(l)
	}
	p.settle(l)
	ticket, via := messages.Ticket(0), uint32(0)
	if change > 0 {
		ticket = p.invited(l, c, m.job)
	}
	if l.seen == 1 {
		via = l.via
	}
	for range max(0, change) {
		p.tellArc(c, messages.ArcOpened{Ticket: ticket, Peer: p.worker.idOf(m.src), Dir: messages.In, Via: p.worker.idOf(via)}, 0)
		ticket = 0
	}
	p.closedArcs(l, c, messages.In, -change, messages.CauseClosed)
}

// closedArcs tells of n arcs that ended.
func (p *peer) closedArcs(l *link, c *proc, dir messages.Direction, n int, cause messages.Cause) {
	for range max(0, n) {
		locks := uint16(0)
		if dir == messages.Out {
			locks = l.arcs(c.name).locks
		}
		p.tellArc(c, messages.ArcClosed{Peer: p.worker.idOf(l.remote), Dir: dir, Cause: cause}, locks)
	}
}

// arcsRefused cuts our arcs to what the other side keeps.
func (p *peer) arcsRefused(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		return
	}
	c := p.proc(m.protocol)
	e := l.find(m.protocol)
	if c == nil || e == nil || m.b != e.outSeq || uint16(m.a) >= e.out {
		p.worker.add(countRefusalsLate)
		return
	}
	cause := messages.CauseRefused
	if m.reason == messages.Reason_REASON_DROPPED {
		cause = messages.CauseDropped
	}
	ended := int(e.out) - int(m.a)
	e.out = uint16(m.a)
	e.locks = min(e.locks, e.out)
	p.closedArcs(l, c, messages.Out, ended, cause)
	p.settle(l)
}

// refuseArcs ends the arcs that the other side holds beyond keep.
func (p *peer) refuseArcs(l *link, c *proc, e *ledger, keep uint16, reason messages.Reason, cause messages.Cause, t messages.Ticket) {
	if keep >= e.in {
		return
	}
	ended := int(e.in - keep)
	e.in = keep
	p.send(l, event{kind: kArcsRefused, protocol: c.name, a: uint32(keep), b: e.inSeq, reason: reason})
	p.closedArcs(l, c, messages.In, ended-1, cause)
	p.tellArc(c, messages.ArcClosed{Ticket: t, Peer: p.worker.idOf(l.remote), Dir: messages.In, Cause: cause}, 0)
}

// held returns the link to a neighbor and its ledger of a protocol, or fails.
func (p *peer) held(c *proc, t messages.Ticket, op messages.Op, peer messages.PeerID) (*link, *ledger) {
	if l := p.neighbor(p.world.index.find(peer)); l != nil {
		if e := l.find(c.name); e != nil {
			return l, e
		}
	}
	err := messages.ErrNoArc
	p.fail(c, t, op, peer, err)
	return nil, nil
}

func (p *peer) closeArc(c *proc, t messages.Ticket, peer messages.PeerID) {
	l, e := p.held(c, t, messages.OpClose, peer)
	switch {
	case l == nil:
	case e.out == 0:
		p.fail(c, t, messages.OpClose, peer, messages.ErrNoArc)
	case e.locks >= e.out:
		p.fail(c, t, messages.OpClose, peer, messages.ErrLocked)
	default:
		e.out--
		e.outSeq++
		p.sendArcs(l, e, 0)
		p.tellArc(c, messages.ArcClosed{Ticket: t, Peer: peer, Dir: messages.Out, Cause: messages.CauseClosed}, e.locks)
		p.settle(l)
	}
}

func (p *peer) lock(c *proc, t messages.Ticket, peer messages.PeerID) {
	l, e := p.held(c, t, messages.OpLock, peer)
	switch {
	case l == nil:
	case e.out == 0:
		p.fail(c, t, messages.OpLock, peer, messages.ErrNoArc)
	case e.locks >= e.out:
		p.fail(c, t, messages.OpLock, peer, messages.ErrLocked)
	default:
		e.locks++
		p.turn(c, messages.Locked{Ticket: t, Peer: peer}, e.locks)
	}
}

func (p *peer) unlock(c *proc, t messages.Ticket, peer messages.PeerID) {
	l, e := p.held(c, t, messages.OpUnlock, peer)
	switch {
	case l == nil:
	case e.out == 0:
		p.fail(c, t, messages.OpUnlock, peer, messages.ErrNoArc)
	case e.locks == 0:
		p.fail(c, t, messages.OpUnlock, peer, messages.ErrNotLocked)
	default:
		e.locks--
		p.turn(c, messages.Unlocked{Ticket: t, Peer: peer}, e.locks)
	}
}

func (p *peer) drop(c *proc, t messages.Ticket, peer messages.PeerID) {
	l, e := p.held(c, t, messages.OpDrop, peer)
	switch {
	case l == nil:
	case e.in == 0:
		p.fail(c, t, messages.OpDrop, peer, messages.ErrNoArc)
	default:
		p.refuseArcs(l, c, e, 0, messages.Reason_REASON_DROPPED, messages.CauseDropped, t)
		p.settle(l)
	}
}

// sendMessage sends a protocol's message to a neighbor, whichever way arcs point.
func (p *peer) sendMessage(c *proc, t messages.Ticket, to messages.PeerID, m proto.Message) {
	remote := p.world.index.find(to)
	l := p.neighbor(remote)
	var err error
	size := 0
	switch prototype := c.protocol.Message; {
	case prototype == nil || m == nil || !m.ProtoReflect().IsValid() || m.ProtoReflect().Descriptor() != prototype.ProtoReflect().Descriptor():
		err = messages.ErrNoProtocol
	case remote == p.index:
		err = messages.ErrSelf
	case l == nil:
		err = messages.ErrNotNeighbor
	case !l.runs.has(c.name):
		err = messages.ErrNoProtocol
	default:
		size = proto.Size(m)
		switch {
		case size > messages.MaxMessage, c.protocol.Delivery == protocols.Lossy && size > messages.MaxFrame:
			err = messages.ErrTooBig
		case int(l.waits)+size > queueCap:
			err = messages.ErrFull
		}
	}
	if err != nil {
		p.fail(c, t, messages.OpSend, to, err)
		return
	}
	p.worker.add(countMessagesSent)
	p.worker.totals.Bytes += uint64(size)
	p.send(l, event{kind: kMessage, class: c.protocol.Delivery, protocol: c.name, size: uint32(size), body: m})
	if !l.congested && l.waits > highMark {
		l.congested = true
		p.tellAll(messages.Congested{Peer: to})
	}
}

// received takes a message of a protocol on a neighbor.
func (p *peer) received(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		p.worker.add(countMessagesLate)
		return
	}
	c := p.proc(m.protocol)
	if c == nil {
		p.worker.add(countMessagesWithoutProtocol)
		if !l.unwanted.has(m.protocol) {
			l.own(p.worker).unwanted |= 1 << m.protocol
			p.send(l, event{kind: kNoProtocol, protocol: m.protocol})
		}
		return
	}
	p.worker.add(countMessagesReceived)
	p.turn(c, messages.Received{From: p.worker.idOf(m.src), Message: m.body.(proto.Message)}, 0)
}

// noProtocol takes the other side's word that a protocol of ours does not run there.
func (p *peer) noProtocol(m *event) {
	if l, c := p.current(m.src, m.conn), p.proc(m.protocol); l != nil && c != nil {
		p.fail(c, 0, messages.OpSend, p.worker.idOf(m.src), messages.ErrNoProtocol)
	}
}

// protocolsChanged takes what the other side adds (job) and removes (body).
func (p *peer) protocolsChanged(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		return
	}
	if removed, ok := m.body.(set); ok {
		l.runs &^= removed
		for _, c := range slices.Clone(p.procs) {
			if e := l.find(c.name); e != nil && removed.has(c.name) {
				p.endArcs(l, c, e)
			}
		}
	}
	l.runs |= set(m.job)
	if l.unwanted != 0 {
		l.unwanted &^= set(m.job)
	}
	p.settle(l)
}

// endArcs ends the arcs of both directions with a neighbor that no longer runs the
// protocol.
func (p *peer) endArcs(l *link, c *proc, e *ledger) {
	out, in := int(e.out), int(e.in)
	e.out, e.in, e.locks, e.inSeq = 0, 0, 0, 0
	if out > 0 {
		e.outSeq++
		p.sendArcs(l, e, 0)
	}
	p.closedArcs(l, c, messages.Out, out, messages.CauseRefused)
	p.closedArcs(l, c, messages.In, in, messages.CauseClosed)
}
