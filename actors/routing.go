package actors

import (
	"fmt"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// current returns the link whose living connection is the one named, or nil; a
// connection whose remote broke the rules is not listened to any more.
func (n *neighborhood) current(id linkID) *link {
	if l := n.links[id.peer]; l != nil && l.living != nil && l.living.id == id && !l.living.condemned {
		return l
	}
	return nil
}

// received hands a neighbor's envelopes to the protocols that they name.
func (n *neighborhood) received(m linkReceived) {
	for _, envelope := range m.envelopes {
		n.pass(m.link, m.class, envelope)
	}
}

func (n *neighborhood) pass(id linkID, class protocols.Delivery, envelope messages.Envelope) {
	l := n.current(id)
	if l == nil {
		n.tally.add(countMessagesLate)
		return
	}
	remote := l.living.byNumber(envelope.Protocol)
	switch {
	case remote == nil && class != protocols.Ordered:
		// It overtook the announcement of its protocol, or the end of it.
		n.tally.add(countMessagesWithoutProtocol)
	case remote == nil:
		n.violation(l, fmt.Errorf("an envelope of protocol number %d, which was never announced", envelope.Protocol))
	case remote.local == nil || remote.local.pid == nil:
		n.tally.add(countMessagesWithoutProtocol)
		if !remote.told {
			remote.told = true
			n.send(l.living, &messages.NoProtocol{Protocol: remote.number})
		}
	default:
		n.tally.add(countMessagesReceived)
		n.ctx.Send(remote.local.pid, inbound{from: l.peer, link: id, envelope: envelope})
	}
}

// violation ends a connection whose remote broke the rules.
func (n *neighborhood) violation(l *link, err error) {
	n.tally.add(countViolations)
	l.living.condemned = true
	n.ctx.Send(l.living.pid, hangUp{violation: true, failure: err})
}

// controlled takes a neighbor's control message.
func (n *neighborhood) controlled(m linkControl) {
	l := n.current(m.link)
	if l == nil {
		n.tally.add(countMessagesLate)
		return
	}
	switch c := m.message.(type) {
	case *messages.Arcs:
		n.arcs(l, c)
	case *messages.ArcsRefused:
		n.arcsRefused(l, c)
	case *messages.Protocols:
		n.protocolsChanged(l, c)
	case *messages.NoProtocol:
		n.unwanted(l, c.GetProtocol())
	case *messages.CloseProposal:
		n.proposal(l, c)
	case *messages.CloseAnswer:
		n.proposalAnswered(l, c.GetAgreed())
	case *messages.Leave:
		n.farewell(l)
	}
}

// malformed ends the connection on which a message came that is none of its
// protocol's.
func (n *neighborhood) malformed(m malformed) {
	if l := n.current(m.link); l != nil {
		n.violation(l, fmt.Errorf("a message of protocol %s: %w", m.protocol, m.err))
	} else {
		n.tally.add(countMessagesLate)
	}
}

// unwanted takes the other side's word, once, that a protocol of ours does not run there.
func (n *neighborhood) unwanted(l *link, number uint32) {
	if n.protocols[number] == nil || slices.Contains(l.living.unwanted, number) {
		n.tally.add(countNoProtocolsIgnored)
		return
	}
	l.living.unwanted = append(l.living.unwanted, number)
	n.fail(number, 0, messages.OpSend, l.peer, messages.ErrNoProtocol)
}

// farewell takes the other side's Leave.
func (n *neighborhood) farewell(l *link) {
	n.ctx.Send(l.living.pid, hangUp{})
	n.lost(l, messages.CauseLeft, nil)
	n.redial(l)
	n.settle(l)
}

// arcs takes over the number of arcs that the other side holds to us, or refuses.
func (n *neighborhood) arcs(l *link, m *messages.Arcs) {
	k := l.living
	k.seen++
	remote := k.byNumber(m.GetProtocol())
	if remote == nil {
		n.violation(l, fmt.Errorf("arcs of protocol number %d, which was never announced", m.GetProtocol()))
		return
	}
	if remote.local == nil || remote.local.pid == nil {
		n.tally.add(countArcsRefused)
		n.send(k, &messages.ArcsRefused{Protocol: m.GetProtocol(), Seq: m.GetSeq(), Reason: messages.Reason_REASON_NO_PROTOCOL})
		return
	}
	r := remote.local
	ledger := k.ledger(r.number)
	before := ledger.in
	if told := min(int(m.GetCount()), n.config.MaxArcs) - before; !k.events.take(n.world.Clock.Now(), max(told, -told)) {
		n.violation(l, fmt.Errorf("more than %d changes of arcs at once and %d a second", arcBurst, arcRate))
		return
	}
	change, ok := ledger.take(m.GetSeq(), int(m.GetCount()))
	if !ok {
		n.violation(l, fmt.Errorf("arcs of %s numbered %d after %d", r.name, m.GetSeq(), ledger.inSeq))
		return
	}
	if ledger.in > n.config.MaxArcs {
		n.tally.add(countArcsRefused)
		ledger.in = n.config.MaxArcs
		change = ledger.in - before
		n.send(k, &messages.ArcsRefused{Protocol: m.GetProtocol(), Seq: m.GetSeq(), Keep: uint32(ledger.in), Reason: messages.Reason_REASON_FULL})
	}
	if k.proposed && change > 0 {
		n.unpropose(l)
	}
	n.settle(l)
	ticket, via := messages.Ticket(0), messages.PeerID{}
	if change > 0 {
		ticket = n.invited(l, r, m.GetJob())
	}
	if k.seen == 1 {
		via = k.via
	}
	for range max(0, change) {
		n.tellArc(r, l.peer, k, messages.ArcOpened{Ticket: ticket, Peer: l.peer, Dir: messages.In, Via: via})
		ticket = 0
	}
	for range max(0, -change) {
		n.tellArc(r, l.peer, k, messages.ArcClosed{Peer: l.peer, Dir: messages.In, Cause: messages.CauseClosed})
	}
}

// invited returns the ticket of the invitation that arcs answer, if any.
func (n *neighborhood) invited(l *link, r *registration, job uint64) messages.Ticket {
	i, ok := n.invites[job]
	if !ok || i.from != l.peer || i.number != r.number {
		return 0
	}
	delete(n.invites, job)
	return i.ticket
}

// arcsRefused cuts our arcs to what the other side keeps.
func (n *neighborhood) arcsRefused(l *link, m *messages.ArcsRefused) {
	r := n.protocols[m.GetProtocol()]
	if r == nil {
		n.tally.add(countRefusalsLate)
		return
	}
	cause := messages.CauseRefused
	if m.GetReason() == messages.Reason_REASON_DROPPED {
		cause = messages.CauseDropped
	}
	ended := l.living.ledger(r.number).cut(m.GetSeq(), int(m.GetKeep()))
	if ended == 0 {
		n.tally.add(countRefusalsLate)
		return
	}
	for range ended {
		n.tellArc(r, l.peer, l.living, messages.ArcClosed{Peer: l.peer, Dir: messages.Out, Cause: cause})
	}
	n.settle(l)
}

// refuseArcs ends the arcs that the other side holds beyond keep.
func (n *neighborhood) refuseArcs(l *link, r *registration, number uint32, keep int, code messages.Code) {
	n.refuseArcsAs(l, r, number, keep, code.Reason(), messages.CauseClosed, 0)
}

func (n *neighborhood) refuseArcsAs(l *link, r *registration, number uint32, keep int, reason messages.Reason, cause messages.Cause, ticket messages.Ticket) {
	k := l.living
	ledger := k.ledger(r.number)
	ended := ledger.refuse(keep)
	if ended == 0 || number == 0 {
		return
	}
	n.send(k, &messages.ArcsRefused{Protocol: number, Seq: ledger.inSeq, Keep: uint32(keep), Reason: reason})
	for i := range ended {
		e := messages.ArcClosed{Peer: l.peer, Dir: messages.In, Cause: cause}
		if i == ended-1 {
			e.Ticket = ticket
		}
		n.tellArc(r, l.peer, k, e)
	}
}

// protocolsChanged takes what the other side adds and removes.
func (n *neighborhood) protocolsChanged(l *link, m *messages.Protocols) {
	k := l.living
	for _, number := range m.GetRemoved() {
		remote := k.byNumber(number)
		if remote == nil {
			n.tally.add(countProtocolsIgnored)
			continue
		}
		if r := remote.local; r != nil {
			// The other side has told the end of its arcs and refused ours; what it
			// has not, ends here.
			n.endArcs(l, r)
		}
		*remote = k.remote[len(k.remote)-1]
		k.remote = k.remote[:len(k.remote)-1]
	}
	n.learn(k, m.GetAdded())
	n.settle(l)
}

// endArcs ends the arcs of both directions with a neighbor that no longer runs
// the protocol.
func (n *neighborhood) endArcs(l *link, r *registration) {
	k := l.living
	ledger := k.ledger(r.number)
	out, in := ledger.out, ledger.in
	ledger.out, ledger.in, ledger.locks, ledger.inSeq = 0, 0, 0, 0
	if out > 0 {
		// Our Arcs may have met a successor of the protocol under the same name.
		ledger.outSeq++
		n.sendArcs(l, r.number, 0)
	}
	for range out {
		n.tellArc(r, l.peer, k, messages.ArcClosed{Peer: l.peer, Dir: messages.Out, Cause: messages.CauseRefused})
	}
	for range in {
		n.tellArc(r, l.peer, k, messages.ArcClosed{Peer: l.peer, Dir: messages.In, Cause: messages.CauseClosed})
	}
}

// congestion tells the protocols whether to hold back what they send to a peer.
func (n *neighborhood) congestion(m linkCongestion) {
	l := n.current(m.link)
	if l == nil || l.living.congested == m.congested {
		return
	}
	l.living.congested = m.congested
	if m.congested {
		n.tellAll(messages.Congested{Peer: l.peer})
	} else {
		n.tellAll(messages.Drained{Peer: l.peer})
	}
}

func (n *neighborhood) tellAll(event any) {
	for _, number := range n.numbers() {
		n.tell(n.protocols[number], event)
	}
}
