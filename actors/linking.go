package actors

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// closeAnswerTimeout is how long the end of a connection that both sides agreed
// to may take.
const closeAnswerTimeout = 5 * time.Second

// authenticated makes an attempt a living connection.
func (n *neighborhood) authenticated(m linkLiving) {
	l := n.links[m.link.peer]
	if l == nil || l.attempt == nil || l.attempt.id != m.link {
		return
	}
	a := l.attempt
	n.halfOpen--
	l.attempt = nil
	if l.living != nil {
		// Another incarnation has proved who it is: the one we knew is gone.
		old := l.living
		n.ctx.Send(old.pid, hangUp{failure: messages.ErrClosed})
		n.lost(l, old.end(), nil)
	}
	l.living = &live{
		id: a.id, pid: a.pid, incarnation: m.hello.GetIncarnation(),
		via: a.via(), rtt: m.rtt, holds: a.holds,
	}
	n.tally.add(countConnectionsAuthenticated)
	n.learn(l.living, m.hello.GetProtocols())
	n.announce(l.living, a.announced)
	n.ctx.Send(n.peer, emitted{event: messages.ConnectionAuthenticated{
		Peer: l.peer, Offered: a.offered, Via: a.via(), Setup: n.world.Clock.Now().Sub(a.since),
	}})
	n.openWaiting(l)
	n.settle(l)
}

// openWaiting opens the arcs that waited for a connection that is ready now.
func (n *neighborhood) openWaiting(l *link) {
	opens := l.opens
	l.opens = nil
	for _, o := range opens {
		n.endOpen(o)
		if o.via.IsZero() {
			o.via = l.living.via
		}
		if err := n.openArc(l, o); err != nil {
			n.failOpen(l.peer, o, err)
		}
	}
}

// learn notes the protocols that the other peer tells of.
func (n *neighborhood) learn(k *live, list []*messages.ProtocolNumber) {
	for _, p := range list {
		if k.byNumber(p.GetNumber()) != nil || k.runs(p.GetName()) || len(k.remote) >= messages.MaxProtocols {
			n.tally.add(countProtocolsIgnored)
			continue
		}
		local := n.byName(p.GetName())
		if local != nil {
			k.unwanted = slices.DeleteFunc(k.unwanted, func(number uint32) bool { return number == local.number })
		}
		k.remote = append(k.remote, remoteProtocol{number: p.GetNumber(), name: p.GetName(), local: local})
	}
}

// announce tells of the protocols added and removed since our Hello was written.
func (n *neighborhood) announce(k *live, announced []*messages.ProtocolNumber) {
	m := &messages.Protocols{}
	for _, p := range announced {
		if n.protocols[p.GetNumber()] == nil {
			m.Removed = append(m.Removed, p.GetNumber())
		}
	}
	for _, p := range n.announcement() {
		if !slices.ContainsFunc(announced, func(a *messages.ProtocolNumber) bool { return a.GetNumber() == p.GetNumber() }) {
			m.Added = append(m.Added, p)
		}
	}
	if len(m.GetAdded())+len(m.GetRemoved()) > 0 {
		n.send(k, m)
	}
}

// closed takes the end of a connection, whatever it was.
func (n *neighborhood) closed(m linkClosed) {
	l := n.links[m.link.peer]
	if m.violated {
		n.tally.add(countConnectionsViolated)
	}
	var is struct{ attempt, living bool }
	if l != nil {
		is.attempt = l.attempt != nil && l.attempt.id == m.link
		is.living = l.living != nil && l.living.id == m.link
	}
	n.bury(m.link)
	switch {
	case is.attempt:
		a := l.attempt
		l.attempt = nil
		n.halfOpen--
		if a.opened {
			n.ctx.Send(n.peer, emitted{event: messages.ConnectionClosed{Peer: l.peer, Cause: messages.CauseRefused, Err: m.err}})
		}
		n.attemptEnded(l, a, m.err)
	case is.living:
		n.lost(l, l.living.end(), m.err)
		n.redial(l)
		n.settle(l)
	}
}

// end is the cause of the connection's end when nobody says another.
func (l *live) end() messages.Cause {
	if l.closing {
		return messages.CauseClosed
	}
	return messages.CauseCrashed
}

// bury lets the n2n actor stop the actor of a connection that has ended, to which
// it sends as well.
func (n *neighborhood) bury(id linkID) {
	if pid := n.pids[id]; pid != nil {
		delete(n.pids, id)
		n.ending++
		n.ctx.Send(n.n2n, stopConnection{id, pid})
	}
}

// buried goes on after the end of a connection's actor.
func (n *neighborhood) buried() {
	n.ending--
	if n.leaving && len(n.pids)+n.ending == 0 {
		n.left()
	}
}

// lost tells each protocol what a connection's end takes away: one PeerDown,
// then its arcs, out before in.
func (n *neighborhood) lost(l *link, cause messages.Cause, err error) {
	k := l.living
	if k.linger != nil {
		k.linger.Stop()
	}
	l.living = nil
	ledgers := k.ledgers
	k.ledgers = nil
	for _, e := range ledgers {
		r := n.protocols[e.number]
		if !e.ledger.used() {
			continue
		}
		n.tellArc(r, l.peer, k, messages.PeerDown{Peer: l.peer, Out: e.ledger.out, In: e.ledger.in, Cause: cause})
		for range e.ledger.out {
			n.tellArc(r, l.peer, k, messages.ArcClosed{Peer: l.peer, Dir: messages.Out, Cause: cause})
		}
		for range e.ledger.in {
			n.tellArc(r, l.peer, k, messages.ArcClosed{Peer: l.peer, Dir: messages.In, Cause: cause})
		}
	}
	if k.congested {
		n.tellAll(messages.Drained{Peer: l.peer})
	}
	if k.proposed {
		n.unpark()
	}
	n.relayLost(l.peer)
	n.ctx.Send(n.peer, emitted{event: messages.ConnectionClosed{Peer: l.peer, Cause: cause, Err: err}})
}

// redial makes a new attempt for what still waits after the end of a connection
// or of an attempt; beside a living connection it waits for the end of that one, or
// of the proposal to close it.
func (n *neighborhood) redial(l *link) {
	if l.attempt != nil || l.living != nil || len(l.opens) == 0 || l.ways.between() {
		return
	}
	if n.leaving {
		n.failOpens(l, messages.ErrClosed)
		return
	}
	o := l.opens[0]
	route, err := n.route(l.peer, o)
	if err == nil {
		err = n.room(l.peer)
	}
	if err != nil {
		n.failOpens(l, err)
		return
	}
	n.dial(l, route, n.protocols[o.number].name)
}

// settle lets a connection linger that nobody uses, revives one that is used,
// and forgets what is over.
func (n *neighborhood) settle(l *link) {
	if len(l.opens) == 0 {
		l.forgetWays()
	}
	if l.idle() {
		delete(n.links, l.peer)
		return
	}
	k := l.living
	if k == nil || k.closing {
		return
	}
	used := k.used() || k.holds > 0 || len(l.opens) > 0
	switch {
	case used && k.linger != nil:
		k.linger.Stop()
		k.linger = nil
	case !used && k.linger == nil:
		k.linger = n.after(n.inbox, n.config.Linger, lingered{k.id})
	}
}

// lingered proposes to close a connection that was not used for long. Only the
// smaller PeerID proposes; its opens wait for the answer.
func (n *neighborhood) lingered(m lingered) {
	l := n.links[m.link.peer]
	if l == nil || l.living == nil || l.living.id != m.link || l.living.linger == nil || !n.self.Less(l.peer) || l.living.proposed {
		return
	}
	l.living.proposed = true
	n.send(l.living, &messages.CloseProposal{Seen: l.living.seen})
	l.living.overdue = n.after(n.inbox, closeAnswerTimeout, closeOverdue(m))
}

// proposal answers the other side's wish to close: no when we have opened arcs
// that it had not seen, or need the connection otherwise.
func (n *neighborhood) proposal(l *link, m *messages.CloseProposal) {
	k := l.living
	if l.peer.Compare(n.self) > 0 || k.closing {
		n.tally.add(countProposalsIgnored)
		return
	}
	agreed := m.GetSeen() == k.sent && !k.used() && k.holds == 0 && len(l.opens) == 0 && !n.waitsFor(l.peer)
	n.send(k, &messages.CloseAnswer{Agreed: agreed})
	if !agreed {
		n.tally.add(countProposalsCancelled)
		return
	}
	k.closing = true
	n.after(n.inbox, closeAnswerTimeout, closeOverdue{k.id})
}

func (n *neighborhood) proposalAnswered(l *link, agreed bool) {
	if !l.living.proposed {
		n.tally.add(countCloseAnswersLate)
		return
	}
	l.living.proposed = false
	if agreed && !l.living.used() {
		l.living.closing = true
		n.ctx.Send(l.living.pid, hangUp{flush: true})
		n.unpark()
		return
	}
	n.unpropose(l)
}

// unpropose goes on with a connection after a proposal that came to nothing.
func (n *neighborhood) unpropose(l *link) {
	l.living.proposed = false
	l.living.overdue.Stop()
	if l.living.linger != nil {
		l.living.linger.Stop()
		l.living.linger = nil
	}
	n.openWaiting(l)
	n.unpark()
	n.settle(l)
}

// closeOverdue ends a connection whose agreed or proposed end did not come.
func (n *neighborhood) closeOverdue(m closeOverdue) {
	l := n.links[m.link.peer]
	if l == nil || l.living == nil || l.living.id != m.link {
		return
	}
	switch k := l.living; {
	case k.closing:
		n.ctx.Send(k.pid, hangUp{})
	case k.proposed: // the other side may have agreed; going on would tear what it closes
		k.proposed, k.closing = false, true
		n.ctx.Send(k.pid, hangUp{})
		n.unpark()
	}
}

// sayLeave ends all connections: Leave is the last that neighbors hear.
func (n *neighborhood) sayLeave() {
	n.leaving = true
	for _, peer := range n.peers() {
		l := n.links[peer]
		n.failOpens(l, messages.ErrClosed)
		if a := l.attempt; a != nil {
			l.attempt = nil
			n.discardBy(a, hangUp{flush: true, leave: true, failure: messages.ErrClosed})
		}
		if k := l.living; k != nil {
			k.closing = true
			n.send(k, &messages.Leave{})
			n.ctx.Send(k.pid, hangUp{flush: true})
		}
	}
	if len(n.pids)+n.ending == 0 {
		n.left()
		return
	}
	n.after(n.inbox, n.config.LeaveGrace, leaveOverdue{})
}

func (n *neighborhood) left() { n.ctx.Send(n.peer, goodbyesSaid{}) }
