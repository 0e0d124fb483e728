package arcs

import (
	"github.com/n2n-overlay/n2n/messages"
)

// sendArcs tells the other side how many arcs of a protocol we hold to it.
func (p *peer) sendArcs(l *link, e *ledger, inviter uint64) {
	l.sent++
	p.send(l, event{kind: kArcs, protocol: e.protocol(), a: uint32(e.out), b: e.outSeq, job: inviter})
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
