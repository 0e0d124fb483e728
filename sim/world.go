package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/faults"
)

// Epoch is the instant at which every simulated world begins.
var Epoch = time.Date(2018, 5, 1, 0, 0, 0, 0, time.UTC)

// Config describes a world.
type Config struct {
	// Seed makes the world's identities and random numbers.
	Seed uint64
	// Network is how messages travel.
	Network Network
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
	system  *actor.ActorSystem
	queue   queue
	now     time.Duration
	events  schedule
	free    []*event
	started uint64
	nodes   map[messages.PeerID]*node // by identity; the newest of that identity
	conns   map[int]*conn             // by number, for signals; those that have not ended
	// connected counts the connections that were ever made.
	connected int
	rooms     map[string]*room
	// Faults are the faults of the network.
	*faults.Faults
	serverDown bool
	totals     Totals
	failed     error
}

// Totals are sums over a world since its start.
type Totals struct {
	Events        uint64 // deliveries and timers
	ActorMessages uint64
	Frames        uint64 // sent
	Bytes         uint64 // of envelopes, encoded
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
	w := &World{
		config: config,
		system: actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log })),
		nodes:  map[messages.PeerID]*node{},
		conns:  map[int]*conn{},
		rooms:  map[string]*room{},
	}
	w.Faults = faults.New(w.faultsChanged)
	w.queue.panicked = func(reason any) { w.fail(fmt.Errorf("an actor panicked: %v", reason)) }
	w.system.EventStream.Subscribe(func(event any) {
		if letter, ok := event.(*actor.DeadLetterEvent); ok {
			w.fail(fmt.Errorf("dead letter: %T to %s", letter.Message, letter.PID.GetId()))
		}
	})
	return w, nil
}

// Now is the virtual time.
func (w *World) Now() time.Time { return Epoch.Add(w.now) }

// Elapsed is the virtual time since the start.
func (w *World) Elapsed() time.Duration { return w.now }

// Totals returns the sums so far.
func (w *World) Totals() Totals {
	t := w.totals
	t.ActorMessages = w.queue.line.Messages()
	return t
}

// Err says what broke the world: a panic of an actor, or a dead letter. A broken
// world does not go on.
func (w *World) Err() error { return w.failed }

func (w *World) fail(err error) {
	if w.failed == nil {
		w.failed = fmt.Errorf("at %v of virtual time: %w", w.now, err)
	}
}

// node is one start of a peer, as the world sees it.
type node struct {
	world    *World
	identity Identity
	id       messages.PeerID
	key      uint64 // the first bytes of id, to compare fast
	seq      uint64
	rand     *rand.Rand    // of the network
	conns    []*conn       // that have not ended
	busy     time.Duration // until when its uplink is busy
	trace    *trace
	ended    bool
	start    uint64 // of those in the world, to tell two of one identity apart
}

func (n *node) before(o *node) bool {
	switch {
	case n.key != o.key:
		return n.key < o.key
	case n.id != o.id:
		return n.id.Less(o.id)
	default:
		return n.start < o.start
	}
}

// Start starts a peer.
func (w *World) Start(identity Identity, config actors.Config) (*actors.Peer, error) {
	return w.StartFitted(identity, config, nil)
}

// StartFitted starts a peer. Before that, fit, unless nil, changes what the peer
// gets from the world.
func (w *World) StartFitted(identity Identity, config actors.Config, fit func(actors.World) actors.World) (*actors.Peer, error) {
	id := identity.ID()
	if old := w.nodes[id]; old != nil && !old.ended {
		return nil, fmt.Errorf("sim: peer %s lives: %w", id, messages.ErrDuplicate)
	}
	w.started++
	n := &node{
		start: w.started, world: w, identity: identity, id: id, key: binary.BigEndian.Uint64(id[:8]),
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
		Dispatcher: &w.queue,
		Mailbox:    w.queue.mailbox,
		Await:      n.await,
	}
	if fit != nil {
		fitted = fit(fitted)
	}
	peer, err := actors.Start(w.system, fitted, config)
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
	if w.failed != nil || len(w.events) == 0 {
		return false
	}
	e := w.events.pop()
	w.now = e.at
	w.totals.Events++
	w.happen(e)
	w.drain()
	return w.failed == nil
}

// Run lets d of virtual time pass.
func (w *World) Run(d time.Duration) error {
	end := w.now + d
	w.drain()
	for w.failed == nil && len(w.events) > 0 && w.events[0].at <= end {
		w.Step()
	}
	if w.failed == nil {
		w.now = end
	}
	return w.failed
}

// awaitLimit is how long in virtual time a call of a handle waits at most.
const awaitLimit = time.Minute

// await lets time pass for a call of the peer's handle, until it is done or the
// peer has ended.
func (n *node) await(done <-chan struct{}) {
	w := n.world
	end := w.now + awaitLimit
	for {
		w.drain()
		select {
		case <-done:
			return
		default:
		}
		if n.ended || w.failed != nil || len(w.events) == 0 || w.events[0].at > end || !w.Step() {
			return
		}
	}
}

func (w *World) drain() { w.queue.drain() }

// Command sends a message to a protocol's PID, such as one of the commands of
// package messages.
func (w *World) Command(pid *actor.PID, command any) {
	w.system.Root.Send(pid, command)
	w.drain()
}

// post schedules an event of src for dst.
func (w *World) post(e *event) *event {
	e.src.seq++
	e.seq = e.src.seq
	w.events.push(e)
	return e
}

// event returns e in a place that can be used again once it has happened.
func (w *World) event(e event) *event {
	place := &event{}
	if n := len(w.free); n > 0 {
		place = w.free[n-1]
		w.free = w.free[:n-1]
	}
	*place = e
	return place
}

func (w *World) happen(e *event) {
	if e.call != nil {
		call := e.call
		*e = event{index: -1}
		call()
		return
	}
	e.conn.happen(e)
	*e = event{index: -1}
	w.free = append(w.free, e)
}

// clock is the time of a node.
type clock node

func (c *clock) Now() time.Time { return c.world.Now() }

func (c *clock) AfterFunc(d time.Duration, post func()) actors.Timer {
	n := (*node)(c)
	e := n.world.post(&event{at: n.world.now + max(0, d), dst: n, src: n, call: post})
	return &timer{n.world, e}
}

// timer is a call of a node's own. Its event is never used again.
type timer struct {
	world *World
	event *event
}

func (t *timer) Stop() bool {
	if t.event.index < 0 {
		return false
	}
	t.world.events.take(t.event)
	t.event.call = nil
	return true
}
