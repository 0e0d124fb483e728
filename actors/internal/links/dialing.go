package links

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// attempt is a connection that is not living yet.
type attempt struct {
	id ID
	Way
	offered   bool      // we make the offer
	since     time.Time // the wish to connect
	answered  bool      // the other side's answer to our offer came
	opened    bool
	holds     int                        // jobs that began over it already
	announced []*messages.ProtocolNumber // in our Hello
	kept      *incomingOffer             // the other side's offer, answered if ours fails
	yielded   uint64                     // the job of our own offer, which this one replaced
}

// via is the neighbor nearest to us on the way, or nobody.
func (a *attempt) via() messages.PeerID {
	if len(a.Route) == 0 {
		return messages.PeerID{}
	}
	return a.Route[0]
}

// waits reports whether our offer or the answer to it is on its way.
func (a *attempt) waits() bool { return a.offered && !a.answered && !a.opened }

// incomingOffer is another peer's offer to connect to us.
type incomingOffer struct {
	*messages.Offer
	from messages.PeerID
	Way
}

// connect starts an attempt.
func (t *Table) connect(l *link, c Connect) {
	t.generation++
	c.Link, c.Protocols = ID{l.peer, t.generation}, t.announcement()
	t.out.Connect(c)
	t.halfOpen++
	t.setAttempt(l, &attempt{id: c.Link, Way: c.Way, announced: c.Protocols, since: t.now()})
}

// setAttempt begins an attempt of a link, or ends it with nil.
func (t *Table) setAttempt(l *link, a *attempt) {
	l.attempt = a
	i, ok := slices.BinarySearchFunc(t.attempting, l.peer, func(l *link, peer messages.PeerID) int { return l.peer.Compare(peer) })
	switch {
	case a != nil && !ok:
		t.attempting = slices.Insert(t.attempting, i, l)
	case a == nil && ok:
		t.attempting = slices.Delete(t.attempting, i, i+1)
	}
}

func (t *Table) seed() [2]uint64 { return [2]uint64{t.rand.Uint64(), t.rand.Uint64()} }

// dial starts an attempt in which we make the offer, for the requests that wait.
func (t *Table) dial(l *link, route []messages.PeerID) {
	seed := t.seed()
	t.connect(l, Connect{Seed: seed, Way: Way{Draw(t.rand), route, t.protocols[l.opens[0].number].Name}})
	l.attempt.offered = true
	t.Tally.Add(tally.Dials)
}

// answer starts an attempt in which we answer the other side's offer.
func (t *Table) answer(l *link, o *incomingOffer) {
	t.connect(l, Connect{Seed: t.seed(), Way: o.Way, Offer: o.GetSdp(), Claimed: o.GetIncarnation()})
	t.answered.Add(Job{o.from, o.Job}, t.now(), t.config.RequestTimeout(), t.config.MaxRelays)
}

// Signaled takes a signal to this peer. route leads back.
func (t *Table) Signaled(from messages.PeerID, m *messages.Signal, route []messages.PeerID) {
	l := t.links[from]
	switch body := m.GetBody().(type) {
	case *messages.Signal_Offer:
		t.offered(l, &incomingOffer{body.Offer, from, Way{Job: m.GetJob(), Route: route}})
	case *messages.Signal_Answer:
		switch a := t.awaited(l, m.GetJob()); {
		case a != nil && slices.Equal(a.Route, route):
			a.answered = true
			t.out.Accept(a.id, body.Answer)
		case l != nil && l.attempt != nil && !l.attempt.opened && l.attempt.yielded == m.GetJob() && len(l.opens) > 0:
			t.offerAgain(l)
		default:
			t.Tally.Add(tally.AnswersLate)
		}
	case *messages.Signal_Refusal:
		t.refused(from, m.GetJob(), body.Refusal.GetReason().Code())
	}
}

// refused ends the attempt that the job names. The refusal may come from the peer
// itself or from a relay on the way.
func (t *Table) refused(from messages.PeerID, job uint64, code messages.Code) {
	for _, l := range t.attempting {
		a := t.awaited(l, job)
		if a == nil || from != l.peer && !slices.Contains(a.Route, from) {
			continue
		}
		if t.wayRefused(l, from, code) {
			t.broke(l, code)
		} else {
			t.abandon(l, code)
		}
		return
	}
	t.Tally.Add(tally.AnswersLate)
}

// awaited returns the attempt whose offer waits for an answer, if job names it.
func (t *Table) awaited(l *link, job uint64) *attempt {
	if l == nil || l.attempt == nil || !l.attempt.waits() || l.attempt.Job != job {
		return nil
	}
	return l.attempt
}

// offered decides about another peer's offer.
func (t *Table) offered(l *link, o *incomingOffer) {
	r := t.runs(o.Offer.GetProtocol())
	switch {
	case t.leaving:
		t.refuse(o, messages.ErrClosed)
	case o.from == t.self:
		t.Tally.Add(tally.SignalsFromSelf)
	case r == nil:
		t.refuse(o, messages.ErrNoProtocol)
	case len(o.Route) > r.Reach && (l == nil || len(l.opens) == 0):
		t.Tally.Add(tally.OffersFromAfar)
		t.refuse(o, messages.ErrRefused)
	case l != nil && l.living != nil && !l.living.closing && l.living.incarnation == o.GetIncarnation():
		t.refuse(o, messages.ErrDuplicate)
	case t.expired(l, o):
		t.refuse(o, messages.ErrExpired)
	case l == nil || l.attempt == nil:
		if err := t.admit(o.from); err != nil {
			t.refuse(o, messages.ErrFull)
			return
		}
		t.answer(t.link(o.from), o)
	case l.attempt.opened || l.attempt.Job == o.Job:
		t.refuse(o, messages.ErrDuplicate)
	case !l.attempt.offered:
		// It makes a new offer, so it has given up the one that we are answering.
		t.takeBack(l)
		t.answer(l, o)
	default:
		t.glare(l, o)
	}
}

// expired reports whether we answered this offer before, in an attempt that has
// ended.
func (t *Table) expired(l *link, o *incomingOffer) bool {
	if l != nil && l.attempt != nil && l.attempt.Job == o.Job {
		return false
	}
	return t.answered.Has(Job{o.from, o.Job}, t.now())
}

// glare resolves two offers that crossed. The offer of the smaller PeerID stands,
// and that peer keeps the other offer until its own attempt ends. The larger drops
// its own offer and answers. The requests of both wait for the connection that
// comes.
func (t *Table) glare(l *link, o *incomingOffer) {
	t.Tally.Add(tally.Glares)
	if t.self.Less(l.peer) {
		l.attempt.kept = o
		return
	}
	yielded := t.takeBack(l).Job
	t.answer(l, o)
	l.attempt.yielded = yielded
}

// offerAgain replaces an attempt that failed. Our offer had yielded to the other
// side's, but the other side answered ours, so it must have given up its own.
func (t *Table) offerAgain(l *link) {
	t.takeBack(l)
	t.Tally.Add(tally.AttemptsFailed)
	t.redial(l)
	t.settle(l)
}

func (t *Table) refuse(o *incomingOffer, code messages.Code) {
	t.Tally.Add(tally.OffersRefused)
	s := o.Signal(t.self, o.from)
	s.Body = Refusal(code)
	t.out.Signal(s)
}

// takeBack ends the attempt of a link and returns it.
func (t *Table) takeBack(l *link) *attempt {
	a := l.attempt
	t.setAttempt(l, nil)
	t.discard(a, HangUp{Failure: messages.ErrClosed})
	return a
}

// discard closes an attempt's connection.
func (t *Table) discard(a *attempt, how HangUp) {
	t.halfOpen--
	t.out.HangUp(a.id, how)
	if a.opened {
		t.out.Emit(messages.ConnectionClosed{Peer: a.id.Peer, Cause: messages.CauseRefused})
	}
}

// abandon ends an attempt that failed. The requests that wait for it fail as well,
// unless we kept the other side's offer or try another route.
func (t *Table) abandon(l *link, err error) { t.attemptEnded(l, t.takeBack(l), err) }

func (t *Table) attemptEnded(l *link, a *attempt, err error) {
	if a.kept != nil && !t.leaving {
		t.answer(l, a.kept)
		return
	}
	t.Tally.Add(tally.AttemptsFailed)
	if a.offered && len(a.Route) == 0 {
		t.out.Missed(l.peer)
	}
	if !a.offered && len(l.opens) > 0 {
		// The attempt of the offer that replaced ours failed. That offer may have
		// been forged.
		t.redial(l)
	} else {
		t.failOpens(l, messages.Coded(err, messages.ErrClosed))
	}
	t.settle(l)
}

// redial makes a new attempt for the requests that still wait after the end of a
// connection or of an attempt. If a connection lives, they wait for its end, or for
// the end of the proposal to close it.
func (t *Table) redial(l *link) {
	if l.attempt != nil || l.living != nil || len(l.opens) == 0 || l.ways.between() {
		return
	}
	if t.leaving {
		t.failOpens(l, messages.ErrClosed)
		return
	}
	route, err := t.route(l.opens[0])
	if err == nil {
		err = t.admit(l.peer)
	}
	if err != nil {
		t.failOpens(l, err)
		return
	}
	t.dial(l, route)
}

// Opened notes that channel 0 of an attempt is open.
func (t *Table) Opened(id ID) {
	l := t.links[id.Peer]
	if l == nil || l.attempt == nil || l.attempt.id != id {
		return
	}
	a := l.attempt
	a.opened = true
	t.Tally.Add(tally.ConnectionsOpened)
	t.out.Emit(messages.ConnectionOpened{
		Peer: l.peer, Offered: a.offered, Via: a.via(), Setup: t.now().Sub(a.since),
	})
}
