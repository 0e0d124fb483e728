package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/faults"
	"github.com/n2n-overlay/n2n/sim/internal/together"
)

// maxWorkers bounds Config.Workers.
const maxWorkers = 256

// Epoch is the instant at which every simulated world begins.
var Epoch = time.Date(2018, 5, 1, 0, 0, 0, 0, time.UTC)

// Config describes a world.
type Config struct {
	// Seed makes the world's identities and random numbers.
	Seed uint64
	// Network is how messages travel.
	Network Network
	// Workers is over how many goroutines peers are divided, 1 to 256. 0: 1. The
	// number changes nothing else.
	Workers int
	// Encode encodes and decodes every message, to prove that peers share no
	// memory. Default: bodies are handed over.
	Encode bool
	// Trace keeps the hash of all deliveries for TraceHash. Default: no.
	Trace bool
	// Logger gets the logs of the actors. Nil: nothing is logged.
	Logger *slog.Logger
}

// World is a simulated network and the peers in it. It is not safe for
// concurrent use: everything happens in the calls of Run, Step and the peers'
// handles, which run it while they wait.
type World struct {
	config  Config
	floor   time.Duration // no message between two peers takes less
	now     time.Duration
	started uint64
	nodes   map[messages.PeerID]*node // by identity; the newest of that identity
	conns   map[connID]*conn          // for signals and faults; those that have not ended
	rooms   map[string]*room
	workers []*worker
	// together runs the workers once there are several.
	together *together.Workers
	apart    bool // a window is under way
	// Faults are the faults of the network.
	*faults.Faults
	serverDown bool
	failed     error
}

// Totals are sums over a world since its start.
type Totals struct {
	Events        uint64 // deliveries and timers
	ActorMessages uint64
	Frames        uint64 // sent
	Bytes         uint64 // of the messages of protocols, encoded
	ServerSignals uint64 // that the signaling service passed on
	Lost          uint64 // frames of the lossy class, and signals of set-ups that failed
}

// NewWorld makes a world without peers.
func NewWorld(config Config) (*World, error) {
	if err := config.Network.Validate(); err != nil {
		return nil, err
	}
	log := config.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if config.Workers < 0 || config.Workers > maxWorkers {
		return nil, fmt.Errorf("sim: Workers is %d, must be 0 to %d", config.Workers, maxWorkers)
	}
	w := &World{
		config: config,
		floor:  config.Network.Latency.Floor(),
		nodes:  map[messages.PeerID]*node{},
		conns:  map[connID]*conn{},
		rooms:  map[string]*room{},
	}
	w.Faults = faults.New(w.faultsChanged)
	for i := range max(1, config.Workers) {
		w.workers = append(w.workers, newWorker(w, i, max(1, config.Workers), log))
	}
	return w, nil
}

// Now is the virtual time.
func (w *World) Now() time.Time { return Epoch.Add(w.now) }

// Elapsed is the virtual time since the start.
func (w *World) Elapsed() time.Duration { return w.now }

// Totals returns the sums so far.
func (w *World) Totals() Totals {
	var t Totals
	for _, k := range w.workers {
		t.Events += k.totals.Events
		t.ActorMessages += k.queue.line.Messages()
		t.Frames += k.totals.Frames
		t.Bytes += k.totals.Bytes
		t.Lost += k.totals.Lost
		t.ServerSignals += k.totals.ServerSignals
	}
	return t
}

// Err says what broke the world: a panic of an actor, or a dead letter. A broken
// world does not go on.
func (w *World) Err() error { return w.failed }

// Start starts a peer.
func (w *World) Start(identity Identity, config actors.Config) (*actors.Peer, error) {
	return w.StartFitted(identity, config, nil)
}

// StartFitted starts a peer. Before that, fit, unless nil, changes what the peer
// gets from the world, which must have one worker then.
func (w *World) StartFitted(identity Identity, config actors.Config, fit func(actors.World) actors.World) (*actors.Peer, error) {
	id := identity.ID()
	if old := w.nodes[id]; old != nil && !old.ended {
		return nil, fmt.Errorf("sim: peer %s lives: %w", id, messages.ErrDuplicate)
	}
	if fit != nil && len(w.workers) > 1 {
		return nil, fmt.Errorf("sim: peer %s is fitted, which needs a world with one worker, not %d", id, len(w.workers))
	}
	w.started++
	n := &node{
		start: w.started, world: w, worker: w.workers[w.started%uint64(len(w.workers))], identity: identity, id: id, key: binary.BigEndian.Uint64(id[:8]),
	}
	if w.config.Trace {
		n.trace = newTrace()
	}
	incarnation := 0
	if old := w.nodes[id]; old != nil {
		n.seq, n.trace = old.seq, old.trace
		incarnation = int(old.seq) + 1
	}
	random := func(purpose string) *rand.Rand { return w.stream(id, fmt.Sprintf("%s/%d", purpose, incarnation)) }
	n.rand = random("network")
	w.nodes[id] = n
	fitted := actors.World{
		Identity:   identity,
		Transport:  (*transport)(n),
		Clock:      (*clock)(n),
		Rendezvous: &rendezvous{node: n},
		Rand:       random,
		Dispatcher: &n.worker.queue,
		Mailbox:    n.worker.queue.mailbox,
		Await:      n.await,
	}
	if fit != nil {
		fitted = fit(fitted)
	}
	peer, err := actors.Start(n.worker.system, fitted, config)
	if err != nil {
		return nil, err
	}
	w.drain()
	return peer, nil
}

// stream is the random stream of a peer for a purpose.
func (w *World) stream(id messages.PeerID, purpose string) *rand.Rand {
	b := binary.BigEndian.AppendUint64(nil, w.config.Seed)
	b = append(append(b, id[:]...), purpose...)
	sum := sha256.Sum256(b)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}

// Step lets the next event happen. It returns false when there is none, or the
// world broke.
func (w *World) Step() bool {
	w.drain()
	var first *worker
	for _, k := range w.workers {
		if len(k.events) > 0 && (first == nil || k.events[0].before(first.events[0])) {
			first = k
		}
	}
	if w.failed != nil || first == nil {
		return false
	}
	w.sync(first.events[0].at)
	first.step()
	w.drain()
	return w.failed == nil
}

// Run lets d of virtual time pass.
func (w *World) Run(d time.Duration) error {
	end := w.now + d
	w.drain()
	for w.failed == nil {
		first, any := w.first()
		if !any || first > end {
			break
		}
		w.window(min(first/w.floor*w.floor+w.floor, end+1))
	}
	if w.failed == nil {
		w.sync(end)
	}
	return w.failed
}

// first is the time of the first event, if there is one.
func (w *World) first() (first time.Duration, any bool) {
	for _, k := range w.workers {
		if len(k.events) > 0 && (!any || k.events[0].at < first) {
			first, any = k.events[0].at, true
		}
	}
	return first, any
}

// window lets all happen that is before limit. No message between peers that is
// sent within arrives within, so each worker goes on alone.
func (w *World) window(limit time.Duration) {
	w.apart = true
	w.run(limit)
	w.apart = false
	w.exchange(limit - 1)
}

// run lets all workers run until limit.
func (w *World) run(limit time.Duration) {
	if len(w.workers) == 1 {
		w.workers[0].run(limit)
		return
	}
	if w.together == nil {
		var parts []func(time.Duration)
		for _, k := range w.workers {
			parts = append(parts, k.run)
		}
		w.together = together.New(parts...)
	}
	w.together.Run(limit)
}

// Close ends the world's goroutines. The world is not to be used afterwards.
func (w *World) Close() {
	if w.together != nil {
		w.together.Close()
		w.together = nil
	}
}

// exchange does after a window what peers have asked of others and of the world.
func (w *World) exchange(end time.Duration) {
	asked, told := w.gather()
	for _, q := range asked {
		q.do(q.at + q.leg)
	}
	if len(told) > 0 {
		w.sync(end)
		for _, t := range told {
			t.do()
		}
		w.drain()
	}
}

// gather puts together what the workers have kept for the end of a window.
func (w *World) gather() (asked []asking, told []telling) {
	for _, k := range w.workers {
		for to, events := range k.out {
			for i, e := range events {
				w.workers[to].events.push(e)
				events[i] = nil
			}
			k.out[to] = events[:0]
		}
		for _, c := range k.made {
			w.conns[c.connID] = c
		}
		for _, c := range k.gone {
			delete(w.conns, c.connID)
		}
		clear(k.made)
		clear(k.gone)
		k.made, k.gone = k.made[:0], k.gone[:0]
		asked, told = append(asked, k.asked...), append(told, k.told...)
		clear(k.asked)
		clear(k.told)
		k.asked, k.told = k.asked[:0], k.told[:0]
		w.failIf(k)
	}
	slices.SortStableFunc(asked, func(a, b asking) int { return a.moment.compare(b.moment) })
	slices.SortStableFunc(told, func(a, b telling) int { return a.moment.compare(b.moment) })
	return asked, told
}

// failIf breaks the world if a worker broke.
func (w *World) failIf(k *worker) {
	if k.failed != nil && w.failed == nil {
		w.failed = k.failed
	}
}

// sync sets the time of the world and of its workers.
func (w *World) sync(now time.Duration) {
	w.now = now
	for _, k := range w.workers {
		k.now = now
	}
}

// drain lets actors handle their messages.
func (w *World) drain() {
	for _, k := range w.workers {
		k.queue.drain()
		w.failIf(k)
	}
}

// Command sends a message to a protocol's PID, such as one of the commands of
// package messages. One to a PID that does not run is a dead letter, which breaks the world.
func (w *World) Command(pid *actor.PID, command any) {
	to := w.workers[0]
	for _, k := range w.workers {
		if _, ok := k.system.ProcessRegistry.GetLocal(pid.GetId()); ok {
			to = k
			break
		}
	}
	to.system.Root.Send(pid, command)
	to.queue.drain()
	w.failIf(to)
}

// Telling returns what makes the calls of a peer's subscribers. A call waits for the
// end of the window in which the peer runs, because other peers run beside it.
func (w *World) Telling(id messages.PeerID) func(call func()) {
	n := w.nodes[id]
	return func(call func()) {
		if !w.apart {
			call()
			return
		}
		n.worker.told = append(n.worker.told, telling{n.moment(), call})
	}
}
