package links

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Living makes an attempt a living connection.
func (t *Table) Living(id ID, hello *messages.Hello, rtt time.Duration) {
	l := t.links[id.Peer]
	if l == nil || l.attempt == nil || l.attempt.id != id {
		return
	}
	a := l.attempt
	t.halfOpen--
	t.setAttempt(l, nil)
	if old := l.living; old != nil {
		// Another incarnation has proved its identity, so the one that we knew is
		// gone.
		t.out.HangUp(old.id, HangUp{Failure: messages.ErrClosed})
		t.lost(l, old.end(), nil)
	}
	k := &live{id: id, incarnation: hello.GetIncarnation(), via: a.via(), rtt: rtt, holds: a.holds}
	l.living = k
	t.Tally.Add(tally.ConnectionsAuthenticated)
	t.learn(k, hello.GetProtocols())
	t.announce(k, a.announced)
	t.out.Emit(messages.ConnectionAuthenticated{
		Peer: l.peer, Offered: a.offered, Via: a.via(), Setup: t.now().Sub(a.since),
	})
	t.openWaiting(l)
	t.settle(l)
}

// Recipient says which protocol of this peer gets an envelope with the neighbor's
// number of a protocol, if one does.
func (t *Table) Recipient(id ID, class protocols.Delivery, number uint32) (local uint32, ok bool) {
	l := t.current(id)
	if l == nil {
		t.Tally.Add(tally.MessagesLate)
		return 0, false
	}
	remote := l.living.byNumber(number)
	switch {
	case remote == nil && class != protocols.Ordered:
		// It overtook the announcement or the end of its protocol.
		t.Tally.Add(tally.MessagesWithoutProtocol)
	case remote == nil:
		t.violation(l, fmt.Errorf("an envelope of protocol number %d, which was never announced", number))
	case remote.local == nil || remote.local.mute:
		t.Tally.Add(tally.MessagesWithoutProtocol)
		if !remote.told {
			remote.told = true
			t.out.Send(id, &messages.NoProtocol{Protocol: remote.number})
		}
	default:
		t.Tally.Add(tally.MessagesReceived)
		return remote.local.Number, true
	}
	return 0, false
}

// Route returns the connection over which a protocol's message goes to a neighbor,
// whichever way arcs point, or an error.
func (t *Table) Route(number uint32, to messages.PeerID) (ID, error) {
	r, l := t.protocols[number], t.neighbor(to)
	switch {
	case to == t.self:
		return ID{}, messages.ErrSelf
	case l == nil:
		return ID{}, messages.ErrNotNeighbor
	case !l.living.runs(r.Name):
		return ID{}, messages.ErrNoProtocol
	}
	t.Tally.Add(tally.MessagesSent)
	return l.living.id, nil
}

// Control takes a neighbor's control message.
func (t *Table) Control(id ID, message any) {
	l := t.current(id)
	if l == nil {
		t.Tally.Add(tally.MessagesLate)
		return
	}
	switch m := message.(type) {
	case *messages.Arcs:
		t.arcs(l, m)
	case *messages.ArcsRefused:
		t.arcsRefused(l, m)
	case *messages.Protocols:
		t.protocolsChanged(l, m)
	case *messages.NoProtocol:
		t.unwanted(l, m.GetProtocol())
	case *messages.CloseProposal:
		t.proposal(l, m)
	case *messages.CloseAnswer:
		t.proposalAnswered(l, m.GetAgreed())
	case *messages.Leave:
		t.out.HangUp(id, HangUp{})
		t.lost(l, messages.CauseLeft, nil)
		t.redial(l)
		t.settle(l)
	}
}

// Violated ends a connection whose remote broke the rules.
func (t *Table) Violated(id ID, err error) {
	if l := t.current(id); l != nil {
		t.violation(l, err)
	} else {
		t.Tally.Add(tally.MessagesLate)
	}
}

func (t *Table) violation(l *link, err error) {
	t.Tally.Add(tally.Violations)
	l.living.condemned = true
	t.out.HangUp(l.living.id, HangUp{Violation: true, Failure: err})
}

// unwanted notes, once, that a protocol of ours does not run on the other side.
func (t *Table) unwanted(l *link, number uint32) {
	if t.protocols[number] == nil || l.living.unwanted[number] {
		t.Tally.Add(tally.NoProtocolsIgnored)
		return
	}
	if l.living.unwanted == nil {
		l.living.unwanted = map[uint32]bool{}
	}
	l.living.unwanted[number] = true
	t.Fail(number, 0, messages.OpSend, l.peer, messages.ErrNoProtocol)
}

// Congested tells the protocols whether they should send less to a peer.
func (t *Table) Congested(id ID, congested bool) {
	l := t.current(id)
	if l == nil || l.living.congested == congested {
		return
	}
	l.living.congested = congested
	if congested {
		t.tellAll(messages.Congested{Peer: l.peer})
	} else {
		t.tellAll(messages.Drained{Peer: l.peer})
	}
}

// Closed takes the end of a connection or of an attempt.
func (t *Table) Closed(id ID, err error) {
	l := t.links[id.Peer]
	switch {
	case l == nil:
	case l.attempt != nil && l.attempt.id == id:
		a := l.attempt
		t.setAttempt(l, nil)
		t.halfOpen--
		if a.opened {
			t.out.Emit(messages.ConnectionClosed{Peer: l.peer, Cause: messages.CauseRefused, Err: err})
		}
		t.attemptEnded(l, a, err)
	case l.living != nil && l.living.id == id:
		t.lost(l, l.living.end(), err)
		t.redial(l)
		t.settle(l)
	}
}

// end is the cause of the connection's end, if no other is given.
func (k *live) end() messages.Cause {
	if k.closing {
		return messages.CauseClosed
	}
	return messages.CauseCrashed
}

// lost tells each protocol what it loses with a connection: one PeerDown, then its
// arcs, out before in.
func (t *Table) lost(l *link, cause messages.Cause, err error) {
	k := l.living
	k.stopLinger()
	l.living = nil
	ledgers := k.ledgers
	k.ledgers = nil
	for _, e := range ledgers {
		if !e.ledger.used() {
			continue
		}
		r := t.protocols[e.number]
		t.tellArc(r, k, messages.PeerDown{Peer: l.peer, Out: e.ledger.out, In: e.ledger.in, Cause: cause})
		t.arcsClosed(r, k, messages.Out, e.ledger.out, cause)
		t.arcsClosed(r, k, messages.In, e.ledger.in, cause)
	}
	if k.congested {
		t.tellAll(messages.Drained{Peer: l.peer})
	}
	if k.proposed {
		t.unpark()
	}
	t.relayLost(l.peer)
	t.out.Emit(messages.ConnectionClosed{Peer: l.peer, Cause: cause, Err: err})
}
