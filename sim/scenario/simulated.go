package scenario

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim"
)

// room is where the peers of a scenario meet.
const room = "scenario"

// simulated is a scenario's world in package sim.
type simulated struct {
	scenario *Scenario
	observe  Observer
	world    *sim.World
	peers    []*actors.Peer
	errors   *errorLog
}

func newSimulated(s *Scenario, o RunOptions, observe Observer) (*simulated, error) {
	log := &errorLog{}
	world, err := sim.NewWorld(sim.Config{
		Seed: s.Seed, Network: s.Network, Encode: o.Encode, Trace: o.Trace, Logger: slog.New(log),
	})
	if err != nil {
		return nil, err
	}
	return &simulated{scenario: s, observe: observe, world: world, errors: log}, nil
}

// atOnce is done: calls with it begin something and do not wait for its end.
var atOnce = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (w *simulated) Name() string { return "sim" }

func (w *simulated) Start(n int) error {
	peer, err := w.world.Start(sim.NewIdentity(w.scenario.Seed, uint64(n)), w.scenario.Peer)
	if err != nil {
		return err
	}
	w.peers = append(w.peers, peer)
	peer.SubscribeConnections(func(event any) { w.observe(n, "", event) })
	for _, p := range w.scenario.Protocols {
		if p.Broadcasts || p.Estimate != nil {
			w.subscribe(n, peer, p.Protocol.Name)
		}
	}
	for _, p := range w.scenario.protocolsOf() {
		if _, err := peer.Spawn(context.Background(), p); err != nil {
			return err
		}
	}
	_, _ = peer.Join(atOnce, room) // the protocols learn what came of it
	return w.err()
}

func (w *simulated) subscribe(n int, peer *actors.Peer, protocol string) {
	peer.Subscribe(protocol, func(event any) { w.observe(n, protocol, event) })
}

// Crash and Leave forget the handle, and with it what the peer was made of.
func (w *simulated) Crash(n int) {
	w.peers[n].Crash()
	w.peers[n] = nil
}

func (w *simulated) Leave(n int) {
	_ = w.peers[n].Leave(atOnce) // it only says that we do not wait
	w.peers[n] = nil
}

func (w *simulated) Tell(n int, protocol string, event any) {
	_ = w.peers[n].Tell(protocol, event) // a peer may be in the middle of its end
}

func (w *simulated) Run(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.world.Run(d); err != nil {
		return err
	}
	return w.err()
}

// err says what broke in the world, or what an actor logged as an error: that it
// panicked.
func (w *simulated) err() error {
	if err := w.world.Err(); err != nil {
		return err
	}
	return w.errors.first
}

func (w *simulated) Elapsed() time.Duration { return w.world.Elapsed() }

func (w *simulated) Partition(groups [][]int) error {
	ids := make([][]messages.PeerID, len(groups))
	for i, group := range groups {
		for _, n := range group {
			ids[i] = append(ids[i], w.peers[n].ID())
		}
	}
	return w.world.Partition(ids...)
}

func (w *simulated) Repair() { w.world.Repair() }

func (w *simulated) Snapshot(n int) (actors.Snapshot, error) {
	return w.peers[n].Snapshot(context.Background())
}

func (w *simulated) Totals() Totals {
	t := w.world.Totals()
	return Totals{Events: t.Events, ActorMessages: t.ActorMessages, BytesSent: t.Bytes}
}

func (w *simulated) TraceHash() string { return w.world.TraceHash() }

func (w *simulated) Close() {}

// errorLog keeps the first error that actors log, and nothing else.
type errorLog struct {
	first error
	attrs []slog.Attr
	root  *errorLog
}

// Enabled implements slog.Handler.
func (l *errorLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle implements slog.Handler.
func (l *errorLog) Handle(_ context.Context, record slog.Record) error {
	root := l
	if l.root != nil {
		root = l.root
	}
	if root.first == nil {
		text := record.Message
		add := func(a slog.Attr) bool { text += fmt.Sprintf(", %s %v", a.Key, a.Value); return true }
		for _, a := range l.attrs {
			add(a)
		}
		record.Attrs(add)
		root.first = fmt.Errorf("%s", text)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (l *errorLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	root := l
	if l.root != nil {
		root = l.root
	}
	return &errorLog{root: root, attrs: append(append([]slog.Attr(nil), l.attrs...), attrs...)}
}

// WithGroup implements slog.Handler.
func (l *errorLog) WithGroup(string) slog.Handler { return l }
