package links

import (
	"fmt"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// Request obeys one request of a protocol, but none to send a message. A request
// that fails changes nothing.
func (t *Table) Request(number uint32, request any) {
	r := t.protocols[number]
	if r == nil || r.mute {
		return
	}
	switch c := request.(type) {
	case messages.Open:
		t.open(r, c)
	case messages.Close:
		t.change(r, c.Ticket, messages.OpClose, c.Peer, (*Table).close)
	case messages.Lock:
		t.change(r, c.Ticket, messages.OpLock, c.Peer, (*Table).lock)
	case messages.Unlock:
		t.change(r, c.Ticket, messages.OpUnlock, c.Peer, (*Table).unlock)
	case messages.Drop:
		t.change(r, c.Ticket, messages.OpDrop, c.Peer, (*Table).drop)
	case messages.Introduce:
		t.introduce(r, c, t.config.RequestTimeout())
	case messages.Invite:
		t.introduce(r, messages.Introduce{Ticket: c.Ticket, From: c.Peer, To: t.self}, t.config.RequestTimeout())
	}
}

// change applies a request to the arcs with one neighbor.
func (t *Table) change(r *Protocol, ticket messages.Ticket, op messages.Op, peer messages.PeerID, apply func(*Table, *link, *Protocol, messages.Ticket) error) {
	l := t.neighbor(peer)
	err := error(messages.ErrNoArc)
	if l != nil {
		err = apply(t, l, r, ticket)
	}
	if err != nil {
		t.Fail(r.Number, ticket, op, peer, err)
	}
}

func (t *Table) close(l *link, r *Protocol, ticket messages.Ticket) error {
	if err := l.living.ledger(r.Number).close(); err != nil {
		return err
	}
	t.sendArcs(l.living, r.Number, 0)
	t.tellArc(r, l.living, messages.ArcClosed{Ticket: ticket, Peer: l.peer, Dir: messages.Out, Cause: messages.CauseClosed})
	t.settle(l)
	return nil
}

func (t *Table) lock(l *link, r *Protocol, ticket messages.Ticket) error {
	ledger := l.living.ledger(r.Number)
	if err := ledger.lock(); err != nil {
		return err
	}
	t.out.Tell(r.Number, Event{Event: messages.Locked{Ticket: ticket, Peer: l.peer}, Locks: ledger.locks})
	return nil
}

func (t *Table) unlock(l *link, r *Protocol, ticket messages.Ticket) error {
	ledger := l.living.ledger(r.Number)
	if err := ledger.unlock(); err != nil {
		return err
	}
	t.out.Tell(r.Number, Event{Event: messages.Unlocked{Ticket: ticket, Peer: l.peer}, Locks: ledger.locks})
	return nil
}

func (t *Table) drop(l *link, r *Protocol, ticket messages.Ticket) error {
	if l.living.ledger(r.Number).in == 0 {
		return messages.ErrNoArc
	}
	t.refuseArcs(l.living, r, messages.Reason_REASON_DROPPED, messages.CauseDropped, ticket)
	t.settle(l)
	return nil
}

// sendArcs tells the other side how many arcs of a protocol we hold to it.
func (t *Table) sendArcs(k *live, number uint32, inviter uint64) {
	ledger := k.ledger(number)
	k.sent++
	t.out.Send(k.id, &messages.Arcs{Protocol: number, Count: uint32(ledger.out), Seq: ledger.outSeq, Job: inviter})
}

// arcs takes the number of arcs that the other side holds to us, or refuses them.
func (t *Table) arcs(l *link, m *messages.Arcs) {
	k := l.living
	k.seen++
	remote := k.byNumber(m.GetProtocol())
	if remote == nil {
		t.violation(l, fmt.Errorf("arcs of protocol number %d, which was never announced", m.GetProtocol()))
		return
	}
	if remote.local == nil || remote.local.mute {
		t.Tally.Add(tally.ArcsRefused)
		t.out.Send(k.id, &messages.ArcsRefused{Protocol: m.GetProtocol(), Seq: m.GetSeq(), Reason: messages.Reason_REASON_NO_PROTOCOL})
		return
	}
	r := remote.local
	ledger := k.ledger(r.Number)
	before := ledger.in
	if told := min(int(m.GetCount()), t.config.MaxArcs) - before; !k.events.take(t.now(), max(told, -told)) {
		t.violation(l, fmt.Errorf("more than %d changes of arcs at once and %d a second", ArcBurst, arcRate))
		return
	}
	change, ok := ledger.take(m.GetSeq(), int(m.GetCount()))
	if !ok {
		t.violation(l, fmt.Errorf("arcs of %s numbered %d after %d", r.Name, m.GetSeq(), ledger.inSeq))
		return
	}
	if ledger.in > t.config.MaxArcs {
		t.Tally.Add(tally.ArcsRefused)
		ledger.in = t.config.MaxArcs
		change = ledger.in - before
		t.out.Send(k.id, &messages.ArcsRefused{Protocol: m.GetProtocol(), Seq: m.GetSeq(), Keep: uint32(ledger.in), Reason: messages.Reason_REASON_FULL})
	}
	if k.proposed && change > 0 {
		t.unpropose(l)
	}
	t.settle(l)
	ticket, via := messages.Ticket(0), messages.PeerID{}
	if change > 0 {
		ticket = t.invited(l, r, m.GetJob())
	}
	if k.seen == 1 {
		via = k.via
	}
	for range max(0, change) {
		t.tellArc(r, k, messages.ArcOpened{Ticket: ticket, Peer: l.peer, Dir: messages.In, Via: via})
		ticket = 0
	}
	t.arcsClosed(r, k, messages.In, max(0, -change), messages.CauseClosed)
}

// arcsClosed tells of the end of some arcs.
func (t *Table) arcsClosed(r *Protocol, k *live, dir messages.Direction, n int, cause messages.Cause) {
	for range n {
		t.tellArc(r, k, messages.ArcClosed{Peer: k.id.Peer, Dir: dir, Cause: cause})
	}
}

// arcsRefused cuts our arcs to what the other side keeps.
func (t *Table) arcsRefused(l *link, m *messages.ArcsRefused) {
	ended := 0
	r := t.protocols[m.GetProtocol()]
	if r != nil {
		ended = l.living.ledger(r.Number).cut(m.GetSeq(), int(m.GetKeep()))
	}
	if ended == 0 {
		t.Tally.Add(tally.RefusalsLate)
		return
	}
	cause := messages.CauseRefused
	if m.GetReason() == messages.Reason_REASON_DROPPED {
		cause = messages.CauseDropped
	}
	t.arcsClosed(r, l.living, messages.Out, ended, cause)
	t.settle(l)
}

// refuseArcs ends the arcs that the other side holds.
func (t *Table) refuseArcs(k *live, r *Protocol, reason messages.Reason, cause messages.Cause, ticket messages.Ticket) {
	ledger, number := k.ledger(r.Number), k.theirNumber(r.Name)
	ended := ledger.refuse()
	if ended == 0 || number == 0 {
		return
	}
	t.out.Send(k.id, &messages.ArcsRefused{Protocol: number, Seq: ledger.inSeq, Reason: reason})
	t.arcsClosed(r, k, messages.In, ended-1, cause)
	t.tellArc(r, k, messages.ArcClosed{Ticket: ticket, Peer: k.id.Peer, Dir: messages.In, Cause: cause})
}

// endArcs ends the arcs of both directions with a neighbor that no longer runs
// the protocol.
func (t *Table) endArcs(k *live, r *Protocol) {
	ledger := k.ledger(r.Number)
	out, in := ledger.out, ledger.in
	ledger.out, ledger.in, ledger.locks, ledger.inSeq = 0, 0, 0, 0
	if out > 0 {
		// Our Arcs may have reached a newer protocol of the same name.
		ledger.outSeq++
		t.sendArcs(k, r.Number, 0)
	}
	t.arcsClosed(r, k, messages.Out, out, messages.CauseRefused)
	t.arcsClosed(r, k, messages.In, in, messages.CauseClosed)
}
