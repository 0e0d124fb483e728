package actors

import (
	"bytes"
	"log/slog"
	"maps"
	"slices"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/time/rate"

	"github.com/n2n-overlay/n2n/messages"
)

// To the n2n actor.
type (
	// fromNeighbor is a Signal, Introduction or Outcome of an authenticated neighbor.
	fromNeighbor struct {
		peer    messages.PeerID
		message any
	}
	// fromService is a Signal that came through the rendezvous.
	fromService struct{ signal *messages.Signal }
	// signalByUs is an offer, answer or refusal of our own.
	signalByUs           struct{ signal *messages.Signal }
	startIntroduction    struct{ introduction }
	introductionAnswered struct {
		by   messages.PeerID
		job  uint64
		code messages.Code // empty: the arc was opened
	}
	neighborUp   struct{ link linkID }
	neighborDown struct{ peer messages.PeerID }

	introductionExpired struct{ job uint64 }
	relayExpired        struct{ key relayKey }
)

// From the n2n actor to the neighborhood.
type (
	// signalForUs is a signal whose target we are; route leads back, nearest first.
	signalForUs struct {
		from   messages.PeerID
		signal *messages.Signal
		route  []messages.PeerID
	}
	introducedTo struct {
		by, to   messages.PeerID
		job      uint64
		protocol string
	}
	introductionEnded struct {
		introduction
		err error
	}
)

// n2n makes neighbors each other's signaling servers: it relays offers and
// answers between its own neighbors, carries those of its own peer, and keeps
// the introductions that its protocols asked for. No id in a message is
// believed before it fits the connection the message came on.
type n2n struct {
	*shell
	ctx       actor.Context
	inbox     *inbox
	tally     tally
	neighbors map[messages.PeerID]neighbor
	jobs      map[uint64]*ownJob
	serving   map[relayKey]bool // introductions that neighbors asked of us
	relays    map[relayKey]*relay
	// ended of late
	ended struct{ served, relayed recent }
}

// neighbor is a peer at the other end of a living connection.
type neighbor struct {
	link    linkID
	limiter *rate.Limiter // of its signals and introductions; made when first needed
}

type ownJob struct {
	introduction
	timer Timer
}

func newN2N(s *shell) actor.Producer {
	return func() actor.Actor {
		return &n2n{
			shell: s, neighbors: map[messages.PeerID]neighbor{},
			jobs: map[uint64]*ownJob{}, serving: map[relayKey]bool{}, relays: map[relayKey]*relay{},
		}
	}
}

func (n *n2n) Receive(ctx actor.Context) {
	n.ctx = ctx
	switch m := ctx.Message().(type) {
	case fromNeighbor:
		n.fromNeighbor(m)
	case fromService:
		n.fromService(m.signal)
	case signalByUs:
		n.signalByUs(m.signal)
	case startIntroduction:
		n.start(m.introduction)
	case introductionAnswered:
		n.answered(m)
	case introductionExpired:
		n.end(m.job, messages.ErrTimeout)
	case relayExpired:
		n.relayExpired(n.relays[m.key])
	case neighborUp:
		n.neighbors[m.link.peer] = neighbor{link: m.link}
	case neighborDown:
		n.down(m.peer)
	case collect:
		n.collect(m)
	case *actor.Started:
		n.inbox = newInbox(ctx)
	case *actor.Stopping:
		n.inbox.close()
	}
}

func (n *n2n) knows(peer messages.PeerID) bool {
	_, ok := n.neighbors[peer]
	return ok
}

// forward sends a control message to a neighbor.
func (n *n2n) forward(to messages.PeerID, m messages.Control) {
	n.ctx.Send(n.neighborhood, forward{to, m})
}

func (n *n2n) fromNeighbor(m fromNeighbor) {
	from, ok := n.neighbors[m.peer]
	if !ok {
		n.tally.add(countSignalsLate)
		return
	}
	if from.limiter == nil {
		from.limiter = rate.NewLimiter(rate.Limit(n.config.SignalRate), n.config.SignalBurst)
		n.neighbors[m.peer] = from
	}
	allowed := from.limiter.AllowN(n.world.Clock.Now(), 1)
	switch c := m.message.(type) {
	case *messages.Signal:
		n.signal(m.peer, c, allowed)
	case *messages.Introduction:
		n.introduced(m.peer, c, allowed)
	case *messages.Outcome:
		n.outcome(m.peer, c)
	}
}

// signal takes a signal from a neighbor: for us, or to be relayed.
func (n *n2n) signal(from messages.PeerID, m *messages.Signal, allowed bool) {
	prev, next, ok := hop(n.self, m)
	switch {
	case !ok || prev != from, bytes.Equal(m.GetFrom(), m.GetTo()):
		n.tally.add(countSignalsFalse)
		n.log.Debug("signal dropped: it did not come the way it says", slog.String("peer", from.String()))
	case next.IsZero() && !allowed && m.GetOffer() != nil:
		n.refuse(newRelay(n.self, from, n.self, m), messages.ErrRate)
	case next.IsZero():
		n.ctx.Send(n.neighborhood, signalForUs{from: messages.PeerID(m.GetFrom()), signal: m, route: back(m)})
	case m.GetOffer() != nil:
		n.relayOffer(from, next, m, allowed)
	default:
		n.relayBack(from, m)
	}
}

// relayOffer passes a neighbor's offer on to the next on its way.
func (n *n2n) relayOffer(from, next messages.PeerID, m *messages.Signal, allowed bool) {
	r := newRelay(n.self, from, next, m)
	switch {
	case !allowed:
		n.refuse(r, messages.ErrRate)
	case n.relays[r.key] != nil:
		n.refuse(r, messages.ErrDuplicate)
	case n.ended.relayed.has(r.key, n.world.Clock.Now()):
		n.refuse(r, messages.ErrExpired)
	case len(n.relays) >= n.config.MaxRelays:
		n.refuse(r, messages.ErrFull)
	case !n.knows(next):
		n.refuse(r, messages.ErrNotNeighbor)
	default:
		r.timer = n.after(n.inbox, n.config.RequestTimeout, relayExpired{r.key})
		n.relays[r.key] = r
		r.held = [2]linkID{n.neighbors[from].link, n.neighbors[next].link}
		for _, link := range r.held {
			n.ctx.Send(n.neighborhood, hold{link})
		}
		n.relayed(next, m)
	}
}

// relayBack passes an answer or a refusal back the way its offer came.
func (n *n2n) relayBack(from messages.PeerID, m *messages.Signal) {
	r := n.relays[relayKey{messages.PeerID(m.GetTo()), m.GetJob()}]
	if r == nil || r.next != from {
		n.tally.add(countSignalsLate)
		return
	}
	n.endRelay(r)
	n.relayed(r.prev, m)
}

func (n *n2n) relayed(to messages.PeerID, m *messages.Signal) {
	n.tally.add(countNeighbourSignals)
	n.forward(to, m)
}

// refuse tells the one who offered that its offer goes no further.
func (n *n2n) refuse(r *relay, code messages.Code) {
	n.tally.add(countSignalsRefused)
	n.forward(r.prev, &messages.Signal{
		Job: r.key.job, From: n.self.Bytes(), To: r.key.from.Bytes(), Route: r.rest,
		Body: &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: code.Reason()}},
	})
}

// relayExpired ends an attempt that had no answer. Who offered may be more
// patient than we are.
func (n *n2n) relayExpired(r *relay) {
	if r != nil {
		n.endRelay(r)
		n.refuse(r, messages.ErrExpired)
	}
}

func (n *n2n) endRelay(r *relay) {
	r.timer.Stop()
	delete(n.relays, r.key)
	n.ended.relayed.add(r.key, n.world.Clock.Now(), n.config.RequestTimeout, n.config.MaxRelays)
	for _, link := range r.held {
		n.ctx.Send(n.neighborhood, release{link})
	}
}

// fromService takes a signal that came through the rendezvous, which vouches
// for its maker and names no relays.
func (n *n2n) fromService(m *messages.Signal) {
	if messages.PeerID(m.GetTo()) != n.self || len(m.GetRoute()) > 0 {
		n.tally.add(countSignalsFalse)
		return
	}
	n.ctx.Send(n.neighborhood, signalForUs{from: messages.PeerID(m.GetFrom()), signal: m})
}

// signalByUs sends our own offer, answer or refusal along its way.
func (n *n2n) signalByUs(m *messages.Signal) {
	first := messages.PeerID{}
	if len(m.GetRoute()) > 0 {
		first = messages.PeerID(m.GetRoute()[0])
	}
	switch {
	case first.IsZero():
		n.ctx.Send(n.rendezvous, sendSignal{m})
	case n.knows(first):
		n.forward(first, m)
	default:
		n.tally.add(countSignalsWithoutRoute)
		if m.GetOffer() != nil {
			n.ctx.Send(n.neighborhood, signalForUs{from: first, signal: refusalOf(m, messages.ErrNotNeighbor)})
		}
	}
}

// refusalOf is what we tell ourselves of an offer of ours that cannot leave.
func refusalOf(m *messages.Signal, code messages.Code) *messages.Signal {
	return &messages.Signal{
		Job: m.GetJob(), From: m.GetTo(), To: m.GetFrom(),
		Body: &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: code.Reason()}},
	}
}

// start asks a neighbor to open an arc to another, or to us.
func (n *n2n) start(i introduction) {
	switch {
	case len(n.jobs) >= n.config.MaxJobs:
		n.tally.add(countJobsRefusedFull)
		i.due.stop()
		n.ctx.Send(n.neighborhood, introductionEnded{i, messages.ErrFull})
		return
	case !n.knows(i.from):
		i.due.stop()
		n.ctx.Send(n.neighborhood, introductionEnded{i, messages.ErrNotNeighbor})
		return
	}
	j := &ownJob{introduction: i}
	if i.due != nil {
		j.timer = i.due.timer
	} else {
		j.timer = n.after(n.inbox, n.config.RequestTimeout, introductionExpired{i.job})
	}
	n.jobs[i.job] = j
	n.forward(i.from, &messages.Introduction{Job: i.job, Protocol: i.protocol, To: i.to.Bytes()})
}

// outcome takes a neighbor's answer to our introduction.
func (n *n2n) outcome(from messages.PeerID, m *messages.Outcome) {
	j := n.jobs[m.GetJob()]
	switch {
	case j == nil || j.from != from:
		n.tally.add(countOutcomesLate)
	case m.GetReason() == messages.Reason_REASON_UNSPECIFIED:
		n.end(m.GetJob(), nil)
	default:
		n.end(m.GetJob(), m.GetReason().Code())
	}
}

func (n *n2n) end(job uint64, err error) {
	if j := n.jobs[job]; j != nil {
		j.timer.Stop()
		delete(n.jobs, job)
		n.ctx.Send(n.neighborhood, introductionEnded{j.introduction, err})
	}
}

// introduced takes a neighbor's wish that we open an arc.
func (n *n2n) introduced(by messages.PeerID, m *messages.Introduction, allowed bool) {
	key := relayKey{by, m.GetJob()}
	code := messages.Code("")
	switch to := messages.PeerID(m.GetTo()); {
	case to == n.self:
		code = messages.ErrSelf
	case !allowed:
		code = messages.ErrRate
	case n.serving[key]:
		code = messages.ErrDuplicate
	case n.ended.served.has(key, n.world.Clock.Now()):
		code = messages.ErrExpired
	case len(n.serving) >= n.config.MaxRelays:
		code = messages.ErrFull
	default:
		n.serving[key] = true
		n.ctx.Send(n.neighborhood, introducedTo{by: by, to: to, job: m.GetJob(), protocol: m.GetProtocol()})
		return
	}
	n.tally.add(countIntroductionsRefused)
	n.forward(by, &messages.Outcome{Job: m.GetJob(), Reason: code.Reason()})
}

// answered tells a neighbor how its introduction ended here.
func (n *n2n) answered(m introductionAnswered) {
	key := relayKey{m.by, m.job}
	delete(n.serving, key)
	n.ended.served.add(key, n.world.Clock.Now(), n.config.RequestTimeout, n.config.MaxRelays)
	o := &messages.Outcome{Job: m.job}
	if m.code != "" {
		n.tally.add(countIntroductionsRefused)
		o.Reason = m.code.Reason()
	}
	n.forward(m.by, o)
}

// down ends what depended on a neighbor that is gone.
func (n *n2n) down(peer messages.PeerID) {
	delete(n.neighbors, peer)
	for _, job := range slices.Sorted(maps.Keys(n.jobs)) {
		if n.jobs[job].from == peer {
			n.end(job, messages.ErrClosed)
		}
	}
	for _, r := range slices.SortedFunc(maps.Values(n.relays), compareRelays) {
		if r.prev != peer && r.next != peer {
			continue
		}
		n.endRelay(r)
		if r.next == peer {
			n.refuse(r, messages.ErrNotNeighbor)
		}
	}
}

func compareRelays(a, b *relay) int {
	if c := a.key.from.Compare(b.key.from); c != 0 {
		return c
	}
	switch {
	case a.key.job < b.key.job:
		return -1
	case a.key.job > b.key.job:
		return 1
	default:
		return 0
	}
}
