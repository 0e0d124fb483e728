package actors

import (
	"bytes"
	"log/slog"
	"maps"
	"slices"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/time/rate"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Messages to the n2n actor.
type (
	// neighborUp tells that a connection lives; its actor sends it first.
	neighborUp struct {
		link links.ID
		pid  *actor.PID
	}
	// neighborDown tells that the neighbor has left.
	neighborDown struct{ link links.ID }
	// stopConnection comes from the neighborhood when a connection has ended.
	stopConnection struct {
		link links.ID
		pid  *actor.PID
	}
	// fromNeighbor is a Signal, Introduction or Outcome of an authenticated neighbor.
	fromNeighbor struct {
		link    links.ID
		message any
	}
	// fromService is a Signal that came through the rendezvous.
	fromService struct{ signal *messages.Signal }
	// signalByUs is an offer, answer or refusal of our own.
	signalByUs           struct{ signal *messages.Signal }
	startIntroduction    struct{ links.Introduction }
	introductionAnswered struct {
		by   messages.PeerID
		job  uint64
		code messages.Code // empty: the arc was opened
	}

	introductionExpired struct{ job uint64 }
	relayExpired        struct{ key links.Job }
)

// Messages from the n2n actor to the neighborhood.
type (
	// signalForUs is a signal to this peer. route has the relays of the way back,
	// nearest first.
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
		links.Introduction
		err error
	}
)

// n2n makes neighbors each other's signaling servers. It relays offers and answers
// between its neighbors, sends those of its own peer, and keeps the introductions
// that the peer's protocols asked for. It checks each ID in a message against the
// connection on which the message came.
type n2n struct {
	*shell
	ctx   actor.Context
	inbox *inbox
	tally tally.Tally
	// neighbors are the newest living connections to each peer. There are two to a peer
	// while one incarnation of it replaces another.
	neighbors map[messages.PeerID]*neighbor
	jobs      map[uint64]*ownJob
	serving   map[links.Job]bool // introductions that neighbors asked of us
	relays    map[links.Job]*relay
	// ended of late
	ended struct{ served, relayed links.Recent }
}

// neighbor is a living connection.
type neighbor struct {
	link    links.ID
	pid     *actor.PID
	limiter *rate.Limiter // of its signals and introductions; made when first needed
	older   *neighbor     // to the same peer
}

type ownJob struct {
	links.Introduction
	timer Timer
}

func newN2N(s *shell) actor.Producer {
	return func() actor.Actor {
		return &n2n{
			shell: s, neighbors: map[messages.PeerID]*neighbor{},
			jobs: map[uint64]*ownJob{}, serving: map[links.Job]bool{}, relays: map[links.Job]*relay{},
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
		n.start(m.Introduction)
	case introductionAnswered:
		n.answered(m)
	case introductionExpired:
		n.end(m.job, messages.ErrTimeout)
	case relayExpired:
		n.relayExpired(n.relays[m.key])
	case neighborUp:
		n.neighbors[m.link.Peer] = &neighbor{link: m.link, pid: m.pid, older: n.neighbors[m.link.Peer]}
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
func (n *n2n) at(link links.ID) *neighbor {
	at := n.neighbors[link.Peer]
	for at != nil && at.link != link {
		at = at.older
	}
	return at
}

// to returns the newest living connection to a peer, or nil.
func (n *n2n) to(peer messages.PeerID) *neighbor {
	return n.neighbors[peer]
}

// send passes a control message to a neighbor.
func (n *n2n) send(to *neighbor, m messages.Control) {
	if to == nil {
		n.tally.Add(tally.ForwardsWithoutNeighbor)
		return
	}
	n.ctx.Send(to.pid, outbound{class: protocols.Ordered, envelope: messages.Envelope{Message: m}})
}

func (n *n2n) fromNeighbor(m fromNeighbor) {
	from := n.at(m.link)
	if from == nil {
		n.tally.Add(tally.MessagesLate)
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

// signal takes a signal from a neighbor, for us or for another peer.
func (n *n2n) signal(from links.ID, m *messages.Signal, allowed bool) {
	prev, next, ok := hop(n.self, m)
	switch {
	case !ok || prev != from.Peer, bytes.Equal(m.GetFrom(), m.GetTo()):
		n.tally.Add(tally.SignalsFalse)
		n.log.Debug("signal dropped: it did not come the way it says", slog.String("peer", from.Peer.String()))
	case next.IsZero() && !allowed && m.GetOffer() != nil:
		n.refuse(newRelay(n.self, from, links.ID{}, m), messages.ErrRate)
	case next.IsZero():
		n.ctx.Send(n.neighborhood, signalForUs{from: messages.PeerID(m.GetFrom()), signal: m, route: back(m)})
	case m.GetOffer() != nil:
		n.relayOffer(from, n.to(next), m, allowed)
	default:
		n.relayBack(from, m)
	}
}

// relayOffer passes a neighbor's offer on to the next on its way.
func (n *n2n) relayOffer(from links.ID, next *neighbor, m *messages.Signal, allowed bool) {
	r := newRelay(n.self, from, links.ID{}, m)
	switch {
	case !allowed:
		n.refuse(r, messages.ErrRate)
	case n.relays[r.key] != nil:
		n.refuse(r, messages.ErrDuplicate)
	case n.ended.relayed.Has(r.key, n.world.Clock.Now()):
		n.refuse(r, messages.ErrExpired)
	case len(n.relays) >= n.config.MaxRelays:
		n.refuse(r, messages.ErrFull)
	case next == nil:
		n.refuse(r, messages.ErrNotNeighbor)
	default:
		r.next = next.link
		r.timer = n.after(n.inbox, n.times.RequestTimeout(), relayExpired{r.key})
		n.relays[r.key] = r
		n.ctx.Send(n.neighborhood, holding{[2]links.ID{r.prev, r.next}, 1})
		n.relayed(next, m)
	}
}

// relayBack passes an answer or a refusal back the way its offer came.
func (n *n2n) relayBack(from links.ID, m *messages.Signal) {
	r := n.relays[links.Job{From: messages.PeerID(m.GetTo()), Number: m.GetJob()}]
	if r == nil || r.next != from {
		n.tally.Add(tally.SignalsLate)
		return
	}
	n.endRelay(r)
	n.relayed(n.at(r.prev), m)
}

func (n *n2n) relayed(to *neighbor, m *messages.Signal) {
	n.tally.Add(tally.NeighbourSignals)
	n.send(to, m)
}

// refuse tells the peer that made the offer that it goes no further.
func (n *n2n) refuse(r *relay, code messages.Code) {
	n.tally.Add(tally.SignalsRefused)
	n.send(n.at(r.prev), &messages.Signal{
		Job: r.key.Number, From: n.self.Bytes(), To: r.key.From.Bytes(), Route: r.rest, Body: links.Refusal(code),
	})
}

// relayExpired ends an attempt that had no answer. The peer that offered may still
// wait.
func (n *n2n) relayExpired(r *relay) {
	if r != nil {
		n.endRelay(r)
		n.refuse(r, messages.ErrExpired)
	}
}

func (n *n2n) endRelay(r *relay) {
	r.timer.Stop()
	delete(n.relays, r.key)
	n.ended.relayed.Add(r.key, n.world.Clock.Now(), n.times.RequestTimeout(), n.config.MaxRelays)
	n.ctx.Send(n.neighborhood, holding{[2]links.ID{r.prev, r.next}, -1})
}

// fromService takes a signal that came through the rendezvous. The service vouches
// for its maker, and the signal names no relays.
func (n *n2n) fromService(m *messages.Signal) {
	if messages.PeerID(m.GetTo()) != n.self || len(m.GetRoute()) > 0 {
		n.tally.Add(tally.SignalsFalse)
		return
	}
	n.ctx.Send(n.neighborhood, signalForUs{from: messages.PeerID(m.GetFrom()), signal: m})
}

// signalByUs sends our own offer, answer or refusal along its way.
func (n *n2n) signalByUs(m *messages.Signal) {
	if max(len(m.GetOffer().GetSdp()), len(m.GetAnswer().GetSdp())) > messages.MaxSDP { // no relay could pass it on
		n.tally.Add(tally.SignalsTooBig)
		if m.GetOffer() != nil {
			return
		}
		m.Body = links.Refusal(messages.ErrTooBig)
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
	n.tally.Add(tally.SignalsWithoutRoute)
	if m.GetOffer() != nil {
		n.ctx.Send(n.neighborhood, signalForUs{from: first, signal: refusalOf(m, messages.ErrNotNeighbor)})
	}
}

// refusalOf makes the refusal that we give ourselves when our offer cannot be sent.
func refusalOf(m *messages.Signal, code messages.Code) *messages.Signal {
	return &messages.Signal{Job: m.GetJob(), From: m.GetTo(), To: m.GetFrom(), Body: links.Refusal(code)}
}

// forget takes out a connection that has ended, if it is there.
func (n *n2n) forget(link links.ID) {
	newest := n.neighbors[link.Peer]
	for at := &newest; *at != nil; at = &(*at).older {
		if (*at).link == link {
			*at = (*at).older
			break
		}
	}
	if newest == nil {
		delete(n.neighbors, link.Peer)
	} else {
		n.neighbors[link.Peer] = newest
	}
}

// down ends what depended on a connection that has ended.
func (n *n2n) down(link links.ID) {
	n.forget(link)
	for _, job := range slices.Sorted(maps.Keys(n.jobs)) {
		if n.jobs[job].Held[0] == link {
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
	if c := a.key.From.Compare(b.key.From); c != 0 {
		return c
	}
	switch {
	case a.key.Number < b.key.Number:
		return -1
	case a.key.Number > b.key.Number:
		return 1
	default:
		return 0
	}
}
