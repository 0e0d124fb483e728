package simtest

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/sim"
)

// Room is where the peers of a World meet.
const Room = "room"

// LAN is a world in which a message takes 10 to 50 ms, with the hash of all
// deliveries (sim.World.TraceHash).
func LAN(seed uint64) sim.Config {
	return sim.Config{Seed: seed, Trace: true, Network: sim.Network{
		Latency: sim.Latency{Kind: "uniform", Min: 10 * time.Millisecond, Max: 50 * time.Millisecond},
	}}
}

// World is a simulated world whose peers all run the same protocols and are in one
// room. A world that breaks ends the test. It has the faults of sim.World:
// Partition, Hold, Silence, StopServer, …
type World struct {
	*sim.World
	t       protocoltest.TB
	seed    uint64
	run     []protocols.Protocol
	members []*member // by number
	of      map[messages.PeerID]*member
	log     bytes.Buffer
}

// member is a peer, under the number of its identity.
type member struct {
	*actors.Peer
	pids    map[string]*actor.PID
	emitted map[string][]any
}

// New starts peers, one after the other, each of which enters the room before the
// next one starts. A *testing.T, a *rapid.T and a GinkgoT() will do.
func New(t protocoltest.TB, config sim.Config, peers int, run ...protocols.Protocol) *World {
	t.Helper()
	w := &World{t: t, seed: config.Seed, run: run, of: map[messages.PeerID]*member{}}
	if config.Logger == nil {
		// A handler that panicked is replaced, but the test must fail.
		config.Logger = slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelError}))
	}
	world, err := sim.NewWorld(config)
	if err != nil {
		t.Fatalf("simtest: %v", err)
	}
	w.World = world
	for range peers {
		w.Enter()
	}
	return w
}

// Enter starts one more peer, lets it enter, and returns it.
func (w *World) Enter() *actors.Peer {
	w.t.Helper()
	w.members = append(w.members, nil)
	return w.start(len(w.members) - 1)
}

// Restart starts a peer that has ended again, with the same identity.
func (w *World) Restart(id messages.PeerID) *actors.Peer {
	w.t.Helper()
	return w.start(slices.IndexFunc(w.members, func(m *member) bool { return m.ID() == id }))
}

func (w *World) start(number int) *actors.Peer {
	w.t.Helper()
	peer, err := w.Start(sim.NewIdentity(w.seed, uint64(number)), actors.DefaultConfig())
	if err != nil {
		w.t.Fatalf("simtest: starting a peer: %v", err)
	}
	m := &member{Peer: peer, pids: map[string]*actor.PID{}, emitted: map[string][]any{}}
	if old := w.members[number]; old != nil {
		m.emitted = old.emitted
	}
	w.members[number], w.of[peer.ID()] = m, m
	for _, p := range w.run {
		peer.Subscribe(p.Name, func(e any) { m.emitted[p.Name] = append(m.emitted[p.Name], e) })
		if m.pids[p.Name], err = peer.Spawn(context.Background(), p); err != nil {
			w.t.Fatalf("simtest: %v", err)
		}
	}
	if _, err := peer.Join(context.Background(), Room); err != nil {
		w.t.Fatalf("simtest: entering: %v", err)
	}
	w.check()
	return peer
}

// check ends the test when the world broke, or an actor logged an error.
func (w *World) check() {
	w.t.Helper()
	if err := w.Err(); err != nil {
		w.t.Fatalf("simtest: seed %d: %v", w.seed, err)
	}
	if w.log.Len() > 0 {
		w.t.Fatalf("simtest: seed %d: at %v an actor logged %s", w.seed, w.Elapsed(), w.log.String())
	}
}

// Run lets d of virtual time pass.
func (w *World) Run(d time.Duration) {
	w.t.Helper()
	_ = w.World.Run(d) // check tells
	w.check()
}

// ID is the identity of the peer that entered as the number-th, from 0.
func (w *World) ID(number int) messages.PeerID { return w.members[number].ID() }

// Peers lists the living peers in PeerID order.
func (w *World) Peers() []messages.PeerID {
	var living []messages.PeerID
	for _, m := range w.members {
		select {
		case <-m.Done():
		default:
			living = append(living, m.ID())
		}
	}
	slices.SortFunc(living, messages.PeerID.Compare)
	return living
}

// Peer is the handle of a peer.
func (w *World) Peer(id messages.PeerID) *actors.Peer { return w.of[id].Peer }

// View has the arcs of a protocol on a living peer. It is empty when either does
// not run.
func (w *World) View(id messages.PeerID, protocol string) protocols.View {
	s, err := w.of[id].Snapshot(context.Background())
	if err != nil {
		return protocols.View{}
	}
	return s.Views[protocol]
}

// Count is the sum of a metric "<protocol>.<metric>" over the living peers.
func (w *World) Count(metric string) float64 {
	sum := 0.0
	for _, id := range w.Peers() {
		if s, err := w.of[id].Snapshot(context.Background()); err == nil {
			sum += s.Counters[metric]
		}
	}
	return sum
}

// Emitted has the events that a protocol of a peer has emitted so far.
func (w *World) Emitted(id messages.PeerID, protocol string) []any { return w.of[id].emitted[protocol] }

// Tell hands an event to a protocol of a peer, as its handle does.
func (w *World) Tell(id messages.PeerID, protocol string, event any) {
	w.t.Helper()
	if err := w.of[id].Tell(protocol, event); err != nil {
		w.t.Fatalf("simtest: %v", err)
	}
	w.Run(0)
}

// Command sends one of the commands of package messages to a protocol of a peer.
func (w *World) Command(id messages.PeerID, protocol string, command any) {
	w.World.Command(w.of[id].pids[protocol], command)
}

// Crash ends a peer without a word.
func (w *World) Crash(id messages.PeerID) {
	w.t.Helper()
	w.of[id].Crash()
	w.Run(0)
}

// Leave lets a peer take leave, and waits until it has ended.
func (w *World) Leave(id messages.PeerID) {
	w.t.Helper()
	if err := w.of[id].Peer.Leave(context.Background()); err != nil {
		w.t.Fatalf("simtest: leaving: %v", err)
	}
}
