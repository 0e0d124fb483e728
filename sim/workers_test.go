package sim_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/sim"
)

// heard is what a subscriber was told.
type heard struct {
	peer  messages.PeerID
	event any
}

// turbulent is a run in which peers enter, leave, crash and are cut off.
type turbulent struct {
	t      *testing.T
	world  *sim.World
	config actors.Config
	run    []protocols.Protocol
	heard  []heard
}

func (r *turbulent) start(identity sim.Identity) *actors.Peer {
	r.t.Helper()
	p, err := r.world.Start(identity, r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	tell := r.world.Telling(p.ID())
	note := func(event any) { tell(func() { r.heard = append(r.heard, heard{p.ID(), event}) }) }
	p.SubscribeConnections(note)
	for _, protocol := range r.run {
		p.Subscribe(protocol.Name, note)
		if _, err := p.Spawn(context.Background(), protocol); err != nil {
			r.t.Fatal(err)
		}
	}
	begun, cancel := context.WithCancel(context.Background())
	cancel() // so Join begins, and waits for nothing
	_, _ = p.Join(begun, "room")
	return p
}

func (r *turbulent) pass(d time.Duration) {
	r.t.Helper()
	if err := r.world.Run(d); err != nil {
		r.t.Fatal(err)
	}
}

func runTurbulent(t *testing.T, seed uint64, workers int) (hash string, totals sim.Totals, told []heard) {
	t.Helper()
	w, err := sim.NewWorld(sim.Config{Seed: seed, Workers: workers, Trace: true, Network: sim.Network{
		Latency: sim.Latency{Kind: "uniform", Min: 10 * time.Millisecond, Max: 120 * time.Millisecond},
		Loss:    0.02, SetupFailure: 0.02, Bandwidth: 1 << 20, Unreachable: 0.1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r := &turbulent{t: t, world: w, config: actors.DefaultConfig()}
	add := func(p protocols.Protocol, err error) {
		if err != nil {
			t.Fatal(err)
		}
		r.run = append(r.run, p)
	}
	add(spray.New(spray.DefaultConfig()))
	add(cyclon.New(cyclon.DefaultConfig()))
	add(broadcast.New(broadcast.DefaultConfig()))
	var peers []*actors.Peer
	for i := range 24 {
		peers = append(peers, r.start(sim.NewIdentity(seed, uint64(i))))
		r.pass(700 * time.Millisecond)
	}
	publish := func(p *actors.Peer) {
		t.Helper()
		if err := p.Tell("broadcast", messages.Publish{Payload: []byte("hello")}); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(time.Minute)
	publish(peers[1])
	begun, cancel := context.WithCancel(context.Background())
	cancel()
	_ = peers[2].Leave(begun)
	peers[3].Crash()
	r.pass(30 * time.Second)
	var left, right []messages.PeerID
	for i, p := range peers[4:] {
		if i%2 == 0 {
			left = append(left, p.ID())
		} else {
			right = append(right, p.ID())
		}
	}
	if err := w.Partition(left, right); err != nil {
		t.Fatal(err)
	}
	w.Silence(peers[5].ID())
	r.pass(40 * time.Second)
	w.StopServer()
	w.Repair()
	w.Speak(peers[5].ID())
	w.StartServer()
	r.start(sim.NewIdentity(seed, 3))
	publish(peers[7])
	r.pass(time.Minute)
	return w.TraceHash(), w.Totals(), r.heard
}

func TestWorkersDoNotChangeTheRun(t *testing.T) {
	hash, totals, told := runTurbulent(t, 1, 1)
	for _, workers := range []int{1, 2, 5} {
		h, n, s := runTurbulent(t, 1, workers)
		if h != hash || n != totals || len(s) != len(told) {
			t.Fatalf("%d workers: hash %.8s, totals %+v, %d told; one: %.8s, %+v, %d", workers, h, n, len(s), hash, totals, len(told))
		}
		for i := range s {
			if !reflect.DeepEqual(s[i], told[i]) {
				t.Fatalf("%d workers: event %d told is %+v, with one %+v", workers, i, s[i], told[i])
			}
		}
	}
	if h, _, _ := runTurbulent(t, 2, 2); h == hash {
		t.Error("another seed gives the same hash")
	}
	if totals.Events < 10_000 || len(told) < 100 {
		t.Errorf("little happened: %+v, %d told", totals, len(told))
	}
}

// TestWorkersDoNotChangeWhatACommandToNobodyDoes: it breaks the world, as any dead letter does.
func TestWorkersDoNotChangeWhatACommandToNobodyDoes(t *testing.T) {
	for _, workers := range []int{1, 2} {
		w, err := sim.NewWorld(sim.Config{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		w.Command(actor.NewPID("nonhost", "nobody"), messages.Open{})
		if err := w.Err(); err == nil || !strings.Contains(err.Error(), "dead letter: messages.Open to nobody") {
			t.Errorf("%d workers: the world is broken by %v", workers, err)
		}
	}
}

func TestWorkersAreRefused(t *testing.T) {
	for _, workers := range []int{-1, 257} {
		if _, err := sim.NewWorld(sim.Config{Workers: workers}); err == nil {
			t.Errorf("%d workers are accepted", workers)
		}
	}
	w, err := sim.NewWorld(sim.Config{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	fit := func(world actors.World) actors.World { return world }
	if _, err := w.StartFitted(sim.NewIdentity(1, 1), actors.DefaultConfig(), fit); err == nil {
		t.Error("a fitted peer, which may share something with others, starts in a world with two workers")
	}
}
