package actors

import (
	"bytes"
	"log/slog"
	"maps"
	"slices"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/time/rate"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// To the n2n actor.
type (
	// neighborUp is the first of a connection that lives, from its actor.
	neighborUp struct {
		link linkID
		pid  *actor.PID
	}
	// neighborDown tells that the neighbor has taken its leave.
	neighborDown struct{ link linkID }
	// stopConnection comes from the neighborhood when a connection has ended.
	stopConnection struct {
		link linkID
		pid  *actor.PID
	}
	// fromNeighbor is a Signal, Introduction or Outcome of an authenticated neighbor.
	fromNeighbor struct {
		link    linkID
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
	ctx   actor.Context
	inbox *inbox
	tally tally
	// neighbors are the living connections to each peer, the newest last: there are
	// two while an incarnation of the peer takes the place of another.
	neighbors map[messages.PeerID][]neighbor
	jobs      map[uint64]*ownJob
	serving   map[relayKey]bool // introductions that neighbors asked of us
	relays    map[relayKey]*relay
	// ended of late
	ended struct{ served, relayed recent }
}

// neighbor is a living connection.
type neighbor struct {
	link    linkID
	pid     *actor.PID
	limiter *rate.Limiter // of its signals and introductions; made when first needed
}

type ownJob struct {
	introduction
	timer Timer
}

func newN2N(s *shell) actor.Producer {
	return func() actor.Actor {
		return &n2n{
			shell: s, neighbors: map[messages.PeerID][]neighbor{},
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
		n.neighbors[m.link.peer] = append(n.neighbors[m.link.peer], neighbor{link: m.link, pid: m.pid})
	case neighborDown:
		n.down(m.link)
	case stopConnection:
		n.down(m.link)
		ctx.Stop(m.pid)
	case collect:
		n.collect(m)
	case *actor.Started:
		n.inbox = newInbox(ctx)
	case *actor.Stopping:
		n.inbox.close()
	}
}

// at returns a living connection, or nil.
func (n *n2n) at(link linkID) *neighbor {
	all := n.neighbors[link.peer]
	for i := range all {
		if all[i].link == link {
			return &all[i]
		}
	}
	return nil
}

// to returns the newest living connection to a peer, or nil.
func (n *n2n) to(peer messages.PeerID) *neighbor {
	if all := n.neighbors[peer]; len(all) > 0 {
		return &all[len(all)-1]
	}
	return nil
}

// send passes a control message to a neighbor.
func (n *n2n) send(to *neighbor, m messages.Control) {
	if to == nil {
		n.tally.add(countForwardsWithoutNeighbor)
		return
	}
	n.ctx.Send(to.pid, outbound{class: protocols.Ordered, envelope: messages.Envelope{Message: m}})
}

func (n *n2n) fromNeighbor(m fromNeighbor) {
	from := n.at(m.link)
	if from == nil {
		n.tally.add(countMessagesLate)
		return
	}
	if from.limiter == nil {
		from.limiter = rate.NewLimiter(rate.Limit(n.config.SignalRate), n.config.SignalBurst)
	}
	allowed := from.limiter.AllowN(n.world.Clock.Now(), 1)
	switch c := m.message.(type) {
	case *messages.Signal:
		n.signal(m.link, c, allowed)
	case *messages.Introduction:
		n.introduced(from, c, allowed)
	case *messages.Outcome:
		n.outcome(m.link, c)
	}
}

// signal takes a signal from a neighbor: for us, or to be relayed.
func (n *n2n) signal(from linkID, m *messages.Signal, allowed bool) {
	prev, next, ok := hop(n.self, m)
	switch {
	case !ok || prev != from.peer, bytes.Equal(m.GetFrom(), m.GetTo()):
		n.tally.add(countSignalsFalse)
		n.log.Debug("signal dropped: it did not come the way it says", slog.String("peer", from.peer.String()))
	case next.IsZero() && !allowed && m.GetOffer() != nil:
		n.refuse(newRelay(n.self, from, linkID{}, m), messages.ErrRate)
	case next.IsZero():
		n.ctx.Send(n.neighborhood, signalForUs{from: messages.PeerID(m.GetFrom()), signal: m, route: back(m)})
	case m.GetOffer() != nil:
		n.relayOffer(from, n.to(next), m, allowed)
	default:
		n.relayBack(from, m)
	}
}

// relayOffer passes a neighbor's offer on to the next on its way.
func (n *n2n) relayOffer(from linkID, next *neighbor, m *messages.Signal, allowed bool) {
	r := newRelay(n.self, from, linkID{}, m)
	switch {
	case !allowed:
		n.refuse(r, messages.ErrRate)
	case n.relays[r.key] != nil:
		n.refuse(r, messages.ErrDuplicate)
	case n.ended.relayed.has(r.key, n.world.Clock.Now()):
		n.refuse(r, messages.ErrExpired)
	case len(n.relays) >= n.config.MaxRelays:
		n.refuse(r, messages.ErrFull)
	case next == nil:
		n.refuse(r, messages.ErrNotNeighbor)
	default:
		r.next = next.link
		r.timer = n.after(n.inbox, n.config.RequestTimeout, relayExpired{r.key})
		n.relays[r.key] = r
		n.ctx.Send(n.neighborhood, holding{[2]linkID{r.prev, r.next}, 1})
		n.relayed(next, m)
	}
}

// relayBack passes an answer or a refusal back the way its offer came.
func (n *n2n) relayBack(from linkID, m *messages.Signal) {
	r := n.relays[relayKey{messages.PeerID(m.GetTo()), m.GetJob()}]
	if r == nil || r.next != from {
		n.tally.add(countSignalsLate)
		return
	}
	n.endRelay(r)
	n.relayed(n.at(r.prev), m)
}

func (n *n2n) relayed(to *neighbor, m *messages.Signal) {
	n.tally.add(countNeighbourSignals)
	n.send(to, m)
}

// refuse tells the one who offered that its offer goes no further.
func (n *n2n) refuse(r *relay, code messages.Code) {
	n.tally.add(countSignalsRefused)
	n.send(n.at(r.prev), &messages.Signal{
		Job: r.key.job, From: n.self.Bytes(), To: r.key.from.Bytes(), Route: r.rest, Body: refusal(code),
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
	n.ctx.Send(n.neighborhood, holding{[2]linkID{r.prev, r.next}, -1})
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
	if max(len(m.GetOffer().GetSdp()), len(m.GetAnswer().GetSdp())) > messages.MaxSDP { // no relay could pass it on
		n.tally.add(countSignalsTooBig)
		if m.GetOffer() != nil {
			return
		}
		m.Body = refusal(messages.ErrTooBig)
	}
	if len(m.GetRoute()) == 0 {
		n.ctx.Send(n.rendezvous, sendSignal{m})
		return
	}
	first := messages.PeerID(m.GetRoute()[0])
	if next := n.to(first); next != nil {
		n.send(next, m)
		return
	}
	n.tally.add(countSignalsWithoutRoute)
	if m.GetOffer() != nil {
		n.ctx.Send(n.neighborhood, signalForUs{from: first, signal: refusalOf(m, messages.ErrNotNeighbor)})
	}
}

// refusalOf is what we tell ourselves of an offer of ours that cannot leave.
func refusalOf(m *messages.Signal, code messages.Code) *messages.Signal {
	return &messages.Signal{Job: m.GetJob(), From: m.GetTo(), To: m.GetFrom(), Body: refusal(code)}
}

// start asks a neighbor to open an arc to another, or to us.
func (n *n2n) start(i introduction) {
	from := n.at(i.held[0])
	switch {
	case len(n.jobs) >= n.config.MaxJobs:
		n.tally.add(countJobsRefusedFull)
		n.ctx.Send(n.neighborhood, introductionEnded{i, messages.ErrFull})
		return
	case from == nil:
		n.ctx.Send(n.neighborhood, introductionEnded{i, messages.ErrNotNeighbor})
		return
	}
	timer := n.after(n.inbox, i.left, introductionExpired{i.job})
	n.jobs[i.job] = &ownJob{i, timer}
	n.send(from, &messages.Introduction{Job: i.job, Protocol: i.protocol, To: i.to.Bytes()})
}

// outcome takes a neighbor's answer to our introduction.
func (n *n2n) outcome(from linkID, m *messages.Outcome) {
	j := n.jobs[m.GetJob()]
	switch {
	case j == nil || j.held[0] != from:
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
func (n *n2n) introduced(by *neighbor, m *messages.Introduction, allowed bool) {
	key := relayKey{by.link.peer, m.GetJob()}
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
		n.ctx.Send(n.neighborhood, introducedTo{by: key.from, to: to, job: m.GetJob(), protocol: m.GetProtocol()})
		return
	}
	n.tally.add(countIntroductionsRefused)
	n.send(by, &messages.Outcome{Job: m.GetJob(), Reason: code.Reason()})
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
	n.send(n.to(m.by), o)
}

// down ends what depended on a connection that has ended.
func (n *n2n) down(link linkID) {
	n.neighbors[link.peer] = slices.DeleteFunc(n.neighbors[link.peer], func(c neighbor) bool { return c.link == link })
	if len(n.neighbors[link.peer]) == 0 {
		delete(n.neighbors, link.peer)
	}
	for _, job := range slices.Sorted(maps.Keys(n.jobs)) {
		if n.jobs[job].held[0] == link {
			n.end(job, messages.ErrClosed)
		}
	}
	for _, r := range slices.SortedFunc(maps.Values(n.relays), compareRelays) {
		if r.prev != link && r.next != link {
			continue
		}
		n.endRelay(r)
		if r.next == link {
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
