package actors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/n2n-overlay/n2n/messages"
)

// incomingOffer is another peer's offer to connect to us.
type incomingOffer struct {
	signal *messages.Signal
	from   messages.PeerID
	route  []messages.PeerID // the relays, nearest to us first
}

// spawn makes the actor of a new connection.
func (n *neighborhood) spawn(peer messages.PeerID, c connect) *attempt {
	n.generation++
	c.link = linkID{peer, n.generation}
	c.protocols = n.announcement()
	pid, err := n.ctx.SpawnNamed(n.connections, peer.Short()+"-"+strconv.FormatUint(uint64(c.link.generation), 10))
	if err != nil {
		panic(fmt.Sprintf("actors: connection actor %v: %v", c.link, err))
	}
	n.ctx.Send(pid, c)
	n.pids[c.link] = pid
	n.halfOpen++
	return &attempt{id: c.link, pid: pid, way: c.way, announced: c.protocols, since: n.world.Clock.Now()}
}

// stream makes the random numbers of a connection.
func (n *neighborhood) stream() *rand.Rand {
	return rand.New(rand.NewPCG(n.rand.Uint64(), n.rand.Uint64()))
}

// dial starts an attempt in which we make the offer.
func (n *neighborhood) dial(l *link, route []messages.PeerID, protocol string) {
	c := connect{rand: n.stream()}
	c.way = way{job(n.rand), route, protocol}
	l.attempt = n.spawn(l.peer, c)
	l.attempt.offered = true
	n.tally.add(countDials)
}

// answer starts an attempt in which we answer the other side's offer.
func (n *neighborhood) answer(l *link, o *incomingOffer) {
	offer := o.signal.GetOffer()
	l.attempt = n.spawn(l.peer, connect{
		rand: n.stream(), offer: offer.GetSdp(), claimed: offer.GetIncarnation(),
		way: way{job: o.signal.GetJob(), route: o.route},
	})
	n.answers(l.peer, o.signal.GetJob())
}

// signaled takes a signal that is for us.
func (n *neighborhood) signaled(m signalForUs) {
	l := n.links[m.from]
	switch body := m.signal.GetBody().(type) {
	case *messages.Signal_Offer:
		n.offered(&incomingOffer{signal: m.signal, from: m.from, route: m.route})
	case *messages.Signal_Answer:
		if a := n.awaited(l, m.signal.GetJob()); a != nil && slices.Equal(a.route, m.route) {
			a.answered = true
			n.ctx.Send(a.pid, acceptAnswer{body.Answer.GetSdp(), body.Answer.GetIncarnation()})
			return
		}
		if l != nil && l.attempt != nil && !l.attempt.opened && l.attempt.yielded == m.signal.GetJob() && len(l.opens) > 0 {
			n.offerAgain(l)
			return
		}
		n.tally.add(countAnswersLate)
	case *messages.Signal_Refusal:
		n.refused(m, body.Refusal.GetReason().Code())
	}
}

// refused ends the attempt that the signal's job names. It may come from the
// peer itself or from a relay on the way.
func (n *neighborhood) refused(m signalForUs, code messages.Code) {
	for _, peer := range n.peers() {
		l := n.links[peer]
		a := n.awaited(l, m.signal.GetJob())
		if a == nil || m.from != peer && !slices.Contains(a.route, m.from) {
			continue
		}
		if n.wayRefused(l, m.from, code) {
			n.broke(l, code)
		} else {
			n.abandon(l, code)
		}
		return
	}
	n.tally.add(countAnswersLate)
}

// awaited returns the attempt whose offer waits for an answer, if job names it.
func (n *neighborhood) awaited(l *link, job uint64) *attempt {
	if l == nil || l.attempt == nil || !l.attempt.waits() || l.attempt.job != job {
		return nil
	}
	return l.attempt
}

// offered decides about another peer's offer.
func (n *neighborhood) offered(o *incomingOffer) {
	offer := o.signal.GetOffer()
	l := n.links[o.from]
	r := n.byName(offer.GetProtocol())
	switch {
	case n.leaving:
		n.refuse(o, messages.ErrClosed)
	case o.from == n.self:
		n.tally.add(countSignalsFromSelf)
	case r == nil || r.pid == nil:
		n.refuse(o, messages.ErrNoProtocol)
	case len(o.route) > r.reach && (l == nil || len(l.opens) == 0):
		n.tally.add(countOffersFromAfar)
		n.refuse(o, messages.ErrRefused)
	case l != nil && l.living != nil && !l.living.closing && l.living.incarnation == offer.GetIncarnation():
		n.refuse(o, messages.ErrDuplicate)
	case n.expired(l, o):
		n.refuse(o, messages.ErrExpired)
	case l == nil || l.attempt == nil:
		if err := n.room(o.from); err != nil {
			n.refuse(o, messages.ErrFull)
			return
		}
		n.answer(n.link(o.from), o)
	case l.attempt.opened || l.attempt.job == o.signal.GetJob():
		n.refuse(o, messages.ErrDuplicate)
	case !l.attempt.offered:
		// It offers anew: what we answer is over for it.
		n.discard(l.attempt)
		l.attempt = nil
		n.answer(l, o)
	default:
		n.glare(l, o)
	}
}

// glare resolves two offers that crossed: the smaller PeerID's stands. The
// smaller keeps the other's until its own attempt ends; the larger drops its own
// and answers. The requests of both wait for the connection that comes.
func (n *neighborhood) glare(l *link, o *incomingOffer) {
	n.tally.add(countGlares)
	if n.self.Less(l.peer) {
		l.attempt.kept = o
		return
	}
	yielded := l.attempt.job
	n.discard(l.attempt)
	l.attempt = nil
	n.answer(l, o)
	l.attempt.yielded = yielded
}

// offerAgain replaces an attempt that came to nothing: the other side answered
// the offer that yielded to its own, which it must have given up.
func (n *neighborhood) offerAgain(l *link) {
	a := l.attempt
	l.attempt = nil
	n.discard(a)
	n.tally.add(countAttemptsFailed)
	n.redial(l)
	n.settle(l)
}

func (n *neighborhood) refuse(o *incomingOffer, code messages.Code) {
	n.tally.add(countOffersRefused)
	s := n.signalTo(o.from, way{job: o.signal.GetJob(), route: o.route})
	s.Body = refusal(code)
	n.ctx.Send(n.n2n, signalByUs{s})
}

// discard closes an attempt's connection without a further look at it.
func (n *neighborhood) discard(a *attempt) { n.discardBy(a, hangUp{failure: messages.ErrClosed}) }

func (n *neighborhood) discardBy(a *attempt, how hangUp) {
	n.halfOpen--
	n.ctx.Send(a.pid, how)
	if a.opened {
		n.ctx.Send(n.peer, emitted{event: messages.ConnectionClosed{Peer: a.id.peer, Cause: messages.CauseRefused}})
	}
}

// abandon ends an attempt that did not come to life. What waits for it fails,
// unless the other side's offer was kept or comes along another way.
func (n *neighborhood) abandon(l *link, err error) {
	a := l.attempt
	l.attempt = nil
	n.discard(a)
	n.attemptEnded(l, a, err)
}

func (n *neighborhood) attemptEnded(l *link, a *attempt, err error) {
	if a.kept != nil && !n.leaving {
		n.answer(l, a.kept)
		return
	}
	n.tally.add(countAttemptsFailed)
	if a.offered && len(a.route) == 0 {
		n.ctx.Send(n.rendezvous, missed{l.peer})
	}
	if !a.offered && len(l.opens) > 0 {
		// The offer that we took in place of our own came to nothing, and may
		// never have been what it said.
		n.redial(l)
		n.settle(l)
		return
	}
	n.failOpens(l, messages.Coded(err, messages.ErrClosed))
	n.settle(l)
}

func (n *neighborhood) failOpens(l *link, err error) {
	opens := l.opens
	l.opens = nil
	for _, o := range opens {
		n.endOpen(o)
		n.failOpen(l.peer, o, err)
	}
}

// opened notes that channel 0 of an attempt opened.
func (n *neighborhood) opened(m linkOpened) {
	l := n.links[m.link.peer]
	if l == nil || l.attempt == nil || l.attempt.id != m.link {
		return
	}
	a := l.attempt
	a.opened = true
	n.tally.add(countConnectionsOpened)
	n.ctx.Send(n.peer, emitted{event: messages.ConnectionOpened{
		Peer: l.peer, Offered: a.offered, Via: a.via(), Setup: n.world.Clock.Now().Sub(a.since),
	}})
}
