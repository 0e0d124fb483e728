package sim_test

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim"
)

var interleavings = flag.Int("interleavings", 2000, "how many times to let two peers connect to each other at once")

// glareBlock is how many interleavings share a world and its introducers.
const glareBlock = 50

// TestGlare lets two peers and their common neighbours ask for arcs between the
// two at the same time, over and over, with latencies that put what they send in
// another order each time. All requests succeed, on one connection, and each
// makes one arc.
func TestGlare(t *testing.T) {
	var (
		mu     sync.Mutex
		orders = map[uint64]bool{}
		glares int
	)
	workers := runtime.GOMAXPROCS(0)
	t.Run("worlds", func(t *testing.T) {
		for worker := range workers {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				for block := worker; block*glareBlock < *interleavings; block += workers {
					g := newGlare(t, uint64(block))
					for n := range min(glareBlock, *interleavings-block*glareBlock) {
						order, crossed := g.race(n)
						mu.Lock()
						orders[order] = true
						if crossed {
							glares++
						}
						mu.Unlock()
					}
				}
			})
		}
	})
	t.Logf("%d interleavings, %d with a glare, %d orders of delivery", *interleavings, glares, len(orders))
	if t.Failed() {
		return
	}
	if len(orders)*10 < *interleavings {
		t.Errorf("only %d orders of delivery in %d interleavings", len(orders), *interleavings)
	}
	if glares*5 < *interleavings {
		t.Errorf("only %d of %d interleavings had a glare", glares, *interleavings)
	}
}

// glare is a world of three introducers, into which two peers come at a time.
type glare struct {
	t       *testing.T
	world   *sim.World
	random  *rand.Rand
	seed    uint64
	started uint64
	roles   []*racer // the two that race, then the introducers
	order   []string // deliveries of the race under way
}

// racer is a peer of a race.
type racer struct {
	*actors.Peer
	pid    *actor.PID
	events []any
	conns  map[messages.PeerID]int // of the transport, that have not ended
	met    func(messages.PeerID)   // called when a connection lives
}

func newGlare(t *testing.T, seed uint64) *glare {
	g := &glare{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1))}
	world, err := sim.NewWorld(sim.Config{
		Seed: seed,
		Network: sim.Network{
			Latency:         sim.Latency{Kind: "uniform", Min: time.Millisecond, Max: 80 * time.Millisecond},
			SetupRoundTrips: 1 + g.random.IntN(4),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	g.world = world
	g.roles = []*racer{nil, nil}
	for range 3 {
		g.roles = append(g.roles, g.start())
	}
	return g
}

func (g *glare) start() *racer {
	r := &racer{conns: map[messages.PeerID]int{}}
	g.started++
	var err error
	if r.Peer, err = g.world.StartFitted(sim.NewIdentity(g.seed, g.started), actors.DefaultConfig(), g.fit); err != nil {
		g.t.Fatal(err)
	}
	r.Subscribe(lab.Name, func(e any) { r.events = append(r.events, e) })
	r.SubscribeConnections(func(e any) {
		if living, ok := e.(messages.ConnectionAuthenticated); ok && r.met != nil {
			r.met(living.Peer)
		}
	})
	if r.pid, err = r.Spawn(context.Background(), lab); err != nil {
		g.t.Fatal(err)
	}
	if _, err = r.Join(context.Background(), "room"); err != nil {
		g.t.Fatal(err)
	}
	return r
}

// fit notes the order in which messages come to the peers of a race, from their
// connections and from the service.
func (g *glare) fit(world actors.World) actors.World {
	self := world.Identity.ID()
	world.Transport = noting{world.Transport, func(remote messages.PeerID, e actors.ConnEvent) {
		switch e := e.(type) {
		case nil:
			g.racer(self).conns[remote]++
		case actors.ConnClosed:
			g.racer(self).conns[remote]--
		case actors.ConnReceived:
			for _, envelope := range e.Envelopes {
				g.note(self, remote, envelope.Message)
			}
		}
	}}
	world.Rendezvous = served{world.Rendezvous, func(event any) {
		if s, ok := event.(*messages.Signal); ok {
			g.note(self, messages.PeerID(s.GetFrom()), s)
		}
	}}
	return world
}

func (g *glare) racer(id messages.PeerID) *racer { return g.roles[g.role(id)] }

// role is 0 or 1 for the two that race, higher for an introducer.
func (g *glare) role(id messages.PeerID) int {
	return slices.IndexFunc(g.roles, func(r *racer) bool { return r != nil && r.ID() == id })
}

func (g *glare) note(to, from messages.PeerID, message any) {
	kind := fmt.Sprintf("%T", message)
	if s, ok := message.(*messages.Signal); ok {
		kind = fmt.Sprintf("%T", s.GetBody())
	}
	g.order = append(g.order, fmt.Sprintf("%d<%d %s", g.role(to), g.role(from), kind))
}

// asking is a request of a race.
type asking struct {
	by      int // whose it is
	command func(messages.Ticket) any
	from    int // of the two, which is to hold the arc
	at      time.Duration
	met     bool // asked when the connection lives, not at an instant
}

// race lets two new peers connect to each other, and says in which order what
// they and their neighbours sent was delivered, and whether two offers crossed.
func (g *glare) race(n int) (order uint64, crossed bool) {
	a, b := g.start(), g.start()
	g.roles[0], g.roles[1] = a, b
	for i, r := range g.roles[2:] {
		g.world.Command(r.pid, messages.Open{Ticket: messages.Ticket(100 + i), Peer: a.ID()})
		g.world.Command(b.pid, messages.Open{Ticket: messages.Ticket(100 + i), Peer: r.ID()})
	}
	g.pass(5 * time.Second)
	for _, r := range g.roles {
		r.events = nil
	}
	g.order = nil
	asked := g.draw()
	g.perform(asked)
	g.pass(30 * time.Second)
	g.check(n, asked)
	for _, r := range g.roles[:2] {
		s, err := r.Snapshot(context.Background())
		if err != nil {
			g.t.Fatal(err)
		}
		crossed = crossed || s.Counters["glares"] > 0
		r.met = nil
	}
	h := fnv.New64a()
	for _, delivery := range g.order {
		_, _ = fmt.Fprintln(h, delivery)
	}
	for _, r := range g.roles[:2] {
		r.Crash()
	}
	g.pass(10 * time.Second)
	return h.Sum64(), crossed
}

// draw draws the requests of a race: at least one of each kind.
func (g *glare) draw() []asking {
	var all []asking
	for i := range 3 + g.random.IntN(6) {
		from := g.random.IntN(2)
		introducer := 2 + g.random.IntN(3)
		a, b, via := g.roles[from].ID(), g.roles[1-from].ID(), g.roles[introducer].ID()
		k := asking{from: from, by: from, at: time.Duration(g.random.IntN(120)) * time.Millisecond}
		kind := g.random.IntN(4)
		if i < 3 {
			kind = i
		}
		switch kind {
		case 0:
			k.command = func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: b} }
		case 1:
			k.by = introducer
			k.command = func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: a, To: b} }
		case 2: // b invites a
			k.by, k.met = 1-from, true
			k.command = func(t messages.Ticket) any { return messages.Invite{Ticket: t, Peer: a} }
		case 3:
			k.command = func(t messages.Ticket) any {
				return messages.Open{Ticket: t, Peer: b, Via: []messages.PeerID{via}}
			}
		}
		all = append(all, k)
	}
	slices.SortStableFunc(all, func(x, y asking) int { return int(x.at - y.at) })
	return all
}

// perform makes the requests: in their time, and invitations as soon as the one
// who invites has the connection.
func (g *glare) perform(all []asking) {
	for who, r := range g.roles[:2] {
		r.met = func(peer messages.PeerID) {
			for i, k := range all {
				if k.met && k.by == who && peer == g.roles[1-who].ID() {
					g.world.Command(r.pid, k.command(messages.Ticket(1+i)))
				}
			}
		}
	}
	now := time.Duration(0)
	for i, k := range all {
		if !k.met {
			g.pass(k.at - now)
			now = k.at
			g.world.Command(g.roles[k.by].pid, k.command(messages.Ticket(1+i)))
		}
	}
}

func (g *glare) pass(d time.Duration) {
	if err := g.world.Run(d); err != nil {
		g.t.Fatal(err)
	}
}

// check asserts that each request ended once and well, and that the arcs are
// those asked for, on one connection.
func (g *glare) check(n int, asked []asking) {
	g.t.Helper()
	var want [2]int
	for i, k := range asked {
		want[k.from]++
		var ends []any
		for _, e := range g.roles[k.by].events {
			if messages.TicketOf(e) == messages.Ticket(1+i) {
				ends = append(ends, e)
			}
		}
		failed := false
		for _, e := range ends {
			_, is := e.(messages.Failed)
			failed = failed || is
		}
		if len(ends) != 1 || failed {
			g.t.Fatalf("world %d, race %d: %T of %d ended with %+v, after\n%v", g.seed, n, k.command(0), k.by, ends, g.order)
		}
	}
	for i, r := range g.roles[:2] {
		other := g.roles[1-i]
		s, err := r.Snapshot(context.Background())
		if err != nil {
			g.t.Fatal(err)
		}
		out, in := s.Views[lab.Name].Out.Count(other.ID()), s.Views[lab.Name].In.Count(other.ID())
		told := 0
		for _, e := range r.events {
			switch e := e.(type) {
			case messages.ArcOpened:
				if e.Peer == other.ID() {
					told++
				}
			case messages.ArcClosed, messages.PeerDown:
				g.t.Fatalf("world %d, race %d: %d got %+v, after\n%v", g.seed, n, i, e, g.order)
			}
		}
		if out != want[i] || in != want[1-i] || told != out+in {
			g.t.Fatalf("world %d, race %d: %d holds %d arcs, knows of %d and was told of %d; %v were asked for, after\n%v", g.seed, n, i, out, in, told, want, g.order)
		}
		if r.conns[other.ID()] != 1 || !slices.Contains(s.Connections, other.ID()) || len(s.Pending)+s.Held["opens"]+s.Held["attempts"] > 0 {
			g.t.Fatalf("world %d, race %d: %d has %d connections to the other, and holds %v, after\n%v", g.seed, n, i, r.conns[other.ID()], s.Held, g.order)
		}
	}
}

// noting tells of each connection of a transport, and of what it reports.
type noting struct {
	actors.Transport
	note func(messages.PeerID, actors.ConnEvent)
}

func (t noting) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	t.note(remote, nil)
	return t.Transport.Connect(remote, func(e actors.ConnEvent) {
		t.note(remote, e)
		events(e)
	})
}

// served tells of what a service reports.
type served struct {
	actors.Rendezvous
	note func(any)
}

func (s served) Enter(room string, events func(any)) {
	s.Rendezvous.Enter(room, func(e any) {
		s.note(e)
		events(e)
	})
}
