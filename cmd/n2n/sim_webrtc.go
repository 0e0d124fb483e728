package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/console"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/wrtc"
)

const (
	scenarioRoom    = "scenario"
	snapshotTimeout = 10 * time.Second
)

// realWorld is a scenario's world over real WebRTC, in real time: a signaling
// server and all peers in this process. It implements scenario.World.
type realWorld struct {
	scenario *scenario.Scenario
	observe  scenario.Observer
	log      *slog.Logger
	network  wrtc.Config
	system   *actor.ActorSystem
	begun    time.Time
	url      string
	nodes    []*node.Node

	ctx     context.Context // until Close
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	emitted []emitted
	news    chan struct{} // holds one when something was emitted
}

// emitted is what a peer emitted.
type emitted struct {
	peer     int
	protocol string
	event    any
}

func newRealWorld(c *console.Console, s *scenario.Scenario, observe scenario.Observer) (*realWorld, error) {
	network, err := wrtc.LoopbackConfig()
	if err != nil {
		return nil, err
	}
	log := c.Logger()
	rooms, err := server.New(server.Config{Logger: log})
	if err != nil {
		return nil, err
	}
	listener, err := server.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &realWorld{
		scenario: s, observe: observe, log: log, network: network, system: node.NewSystem(log), begun: time.Now(),
		url: "ws://" + listener.Addr().String(), ctx: ctx, stop: stop, news: make(chan struct{}, 1),
	}
	w.running.Go(func() {
		if err := rooms.Serve(ctx, listener); err != nil {
			log.Error("the signaling server failed", "error", err)
		}
	})
	return w, nil
}

func (w *realWorld) Name() string { return "wrtc" }

func (w *realWorld) Start(peer int) error {
	n, err := node.New(w.system, w.network, w.scenario.Peer, node.Servers{URLs: []string{w.url}, Log: w.log})
	if err != nil {
		return err
	}
	w.nodes = append(w.nodes, n)
	n.SubscribeConnections(w.taker(peer, ""))
	for _, p := range w.scenario.Protocols {
		n.Subscribe(p.Protocol.Name, w.taker(peer, p.Protocol.Name))
		if _, err := n.Spawn(w.ctx, p.Protocol); err != nil {
			return err
		}
	}
	w.running.Go(func() {
		if _, err := n.Join(w.ctx, scenarioRoom); err != nil && w.ctx.Err() == nil {
			w.log.Warn("a peer could not enter", "peer", peer, "error", err)
		}
	})
	return nil
}

// taker keeps what a peer emits.
func (w *realWorld) taker(peer int, protocol string) func(event any) {
	return func(event any) {
		w.mu.Lock()
		w.emitted = append(w.emitted, emitted{peer, protocol, event})
		w.mu.Unlock()
		select {
		case w.news <- struct{}{}:
		default:
		}
	}
}

func (w *realWorld) Crash(peer int) { w.nodes[peer].Crash() }

func (w *realWorld) Leave(peer int) {
	w.running.Go(func() { _ = w.nodes[peer].Leave(w.ctx) }) // Close ends those that do not
}

func (w *realWorld) Tell(peer int, protocol string, event any) {
	_ = w.nodes[peer].Tell(protocol, event) // a peer may be in the middle of its end
}

func (w *realWorld) Run(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			w.tell()
			return nil
		case <-w.news:
			w.tell()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tell hands what was emitted to the run.
func (w *realWorld) tell() {
	w.mu.Lock()
	all := w.emitted
	w.emitted = nil
	w.mu.Unlock()
	for _, e := range all {
		w.observe(e.peer, e.protocol, e.event)
	}
}

func (w *realWorld) Elapsed() time.Duration { return time.Since(w.begun) }

func (w *realWorld) Partition([][]int) error { return fmt.Errorf("a real network is not cut") }
func (w *realWorld) Repair()                 {}

func (w *realWorld) Snapshot(peer int) (actors.Snapshot, error) {
	ctx, cancel := context.WithTimeout(context.Background(), snapshotTimeout)
	defer cancel()
	return w.nodes[peer].Snapshot(ctx)
}

func (w *realWorld) Totals() scenario.Totals { return scenario.Totals{} }
func (w *realWorld) TraceHash() string       { return "" }

// Close crashes the peers that are left: the scenario is over.
func (w *realWorld) Close() {
	for _, n := range w.nodes {
		n.Crash()
	}
	var closed sync.WaitGroup
	for _, n := range w.nodes {
		closed.Go(n.Transport.Wait)
	}
	closed.Wait()
	w.stop()
	w.running.Wait()
	w.system.Shutdown()
}

var _ scenario.World = (*realWorld)(nil)
