package arcs

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/faults"
	"github.com/n2n-overlay/n2n/sim/internal/together"
)

// maxProtocols is how many names of protocols a world knows.
const maxProtocols = 64

// maxWorkers bounds Config.Workers.
const maxWorkers = 256

// Config says what a world is like.
type Config struct {
	// Seed makes the world's random numbers.
	Seed uint64
	// Network is how messages travel.
	Network sim.Network
	// Workers is over how many goroutines peers are divided, 1 to 256. 0: 1.
	Workers int
	// Trace keeps the hash of all deliveries for TraceHash. Default: no.
	Trace bool
	// Fault returns the error with which an open from one peer to another ends, or
	// nil: the open is tried. op is OpOpen when a protocol wants the arc, OpIntroduce
	// or OpInvite when a neighbor wants it. The worker of from calls Fault. Default:
	// all are tried.
	Fault func(op messages.Op, from, to messages.PeerID) error
}

// World is a simulated network and the peers in it. It is not safe for concurrent
// use: everything happens in the calls of Run and those of its peers.
type World struct {
	*faults.Faults
	config        Config
	floor         time.Duration // no message between two peers takes less
	now           time.Duration
	index         index
	peers         []*peer // by number; nil: has ended
	started       []uint32
	traces        []*trace
	workers       []*worker
	service       service
	hall          *hall             // nil: there is none
	down          bool              // the signaling service is stopped
	subscriptions int               // that were ever made
	names         []string          // of protocols, by number
	together      *together.Workers // once there are several workers
	failed        error
}

// Totals are sums over a world since its start.
type Totals struct {
	Events        uint64 // deliveries and timers
	Turns         uint64 // events that handlers got
	Frames        uint64 // messages sent along connections
	Bytes         uint64 // of the messages of protocols, encoded
	ServerSignals uint64 // that the signaling service passed on
	Lost          uint64 // messages of the lossy class, and signals
}

// New makes a world without peers.
func New(config Config) (*World, error) {
	if err := config.Network.Validate(); err != nil {
		return nil, err
	}
	if config.Workers < 0 || config.Workers > maxWorkers {
		return nil, fmt.Errorf("arcs: Workers is %d, must be 0 to %d", config.Workers, maxWorkers)
	}
	w := &World{config: config, floor: config.Network.Latency.Floor(), index: newIndex(), peers: make([]*peer, 1), started: make([]uint32, 1)}
	w.Faults = faults.New(w.faultsChanged)
	w.traces = make([]*trace, 1)
	for i := range max(1, config.Workers) {
		w.workers = append(w.workers, newWorker(w, i, max(1, config.Workers)))
	}
	source := &rand.PCG{}
	w.stream(messages.PeerID{}, "service", source)
	w.service = service{world: w, rooms: map[string]*room{}, rand: rand.New(source)}
	return w, nil
}

// name gives a protocol's name a number.
func (w *World) name(name string) (uint16, error) {
	if i := slices.Index(w.names, name); i >= 0 {
		return uint16(i), nil
	}
	if len(w.names) == maxProtocols {
		return 0, fmt.Errorf("arcs: %d names of protocols in one world, no more are allowed: %w", maxProtocols, messages.ErrFull)
	}
	w.names = append(w.names, name)
	return uint16(len(w.names) - 1), nil
}

// Now is the virtual time.
func (w *World) Now() time.Time { return sim.Epoch.Add(w.now) }

// Elapsed is the virtual time since the start.
func (w *World) Elapsed() time.Duration { return w.now }

// Err says what broke. A world that broke does not go on.
func (w *World) Err() error { return w.failed }

// Totals returns the sums so far.
func (w *World) Totals() Totals {
	var t Totals
	for _, k := range w.workers {
		t.Events += k.totals.Events
		t.Turns += k.totals.Turns
		t.Frames += k.totals.Frames
		t.Bytes += k.totals.Bytes
		t.ServerSignals += k.totals.ServerSignals
		t.Lost += k.totals.Lost
	}
	return t
}

// Counters are the sums over all peers, by name.
func (w *World) Counters() map[string]float64 {
	sums := map[string]float64{}
	for _, k := range w.workers {
		for c, n := range k.tally {
			if n > 0 {
				sums[countNames[c]] += float64(n)
			}
		}
		for number, counts := range k.counts {
			for metric, n := range counts {
				sums[w.names[number]+"."+metric] += n
			}
		}
	}
	return sums
}

// stream begins the random stream of a peer for a purpose.
func (w *World) stream(id messages.PeerID, purpose string, source *rand.PCG) {
	b := binary.BigEndian.AppendUint64(nil, w.config.Seed)
	b = append(append(b, id[:]...), purpose...)
	sum := sha256.Sum256(b)
	source.Seed(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16]))
}

// Run lets d of virtual time pass.
func (w *World) Run(d time.Duration) error {
	end := w.now + d
	for w.failed == nil {
		first, ok := w.first()
		if !ok || first > end {
			break
		}
		w.advance(first, end)
	}
	if w.failed == nil {
		w.now = end
	}
	return w.failed
}

// Settle runs until nothing is under way but the timers of handlers and of lingering
// connections, which wait meanwhile. Only a world of one worker can.
func (w *World) Settle() error {
	if len(w.workers) > 1 {
		return fmt.Errorf("arcs: Settle needs a world of one worker, this one has %d", len(w.workers))
	}
	k := w.workers[0]
	var aside []slot
	var e event
	for w.failed == nil && k.calendar.popPassing(&aside, &e) {
		k.now = max(k.now, e.at)
		w.now = k.now
		k.take(&e)
		w.exchange()
	}
	k.calendar.restore(aside)
	return w.failed
}

// first is the time of the first event.
func (w *World) first() (time.Duration, bool) {
	first, any := time.Duration(0), false
	for _, k := range w.workers {
		if at, ok := k.calendar.peek(); ok && (!any || at < first) {
			first, any = at, true
		}
	}
	return first, any
}

// limit is the end of the window of an event, within a run that ends at end. No message
// that is sent within a window arrives within.
func (w *World) limit(first, end time.Duration) time.Duration {
	return min(first/w.floor*w.floor+w.floor, end+1)
}

// advance lets all happen in the window of the first event. Several workers go on with
// further windows, but not beyond end, until something must be exchanged. A run that is
// shorter than a window is not worth waking them.
func (w *World) advance(first, end time.Duration) {
	if len(w.workers) > 1 && end-first >= w.floor {
		w.start()
		w.together.Run(end)
	} else {
		for _, k := range w.workers {
			k.limit = w.limit(first, end)
			k.run(k.limit)
		}
	}
	w.now = w.workers[0].limit - 1
	w.exchange()
}

// start makes the goroutines of several workers, once.
func (w *World) start() {
	if w.together != nil {
		return
	}
	var parts []func(time.Duration)
	for _, k := range w.workers {
		parts = append(parts, k.windows)
	}
	w.together = together.New(parts...)
}

// Close ends the world's goroutines. The world is not to be used afterwards.
func (w *World) Close() {
	if w.together != nil {
		w.together.Close()
		w.together = nil
	}
}

// exchange ends the peers that are gone, and hands over what the others have sent each
// other and what they emitted.
func (w *World) exchange() {
	var emitted []emission
	for _, k := range w.workers {
		for _, p := range k.ended {
			w.peers[p.index] = nil
			if p.done != nil {
				close(p.done)
			}
		}
		clear(k.ended)
		k.ended = k.ended[:0]
		if len(w.workers) > 1 {
			for odd := range k.out {
				k.collect(odd)
			}
			k.odd = 0
		}
		emitted = append(emitted, k.emitted...)
		clear(k.emitted)
		k.emitted = k.emitted[:0]
		if k.failed != nil && w.failed == nil {
			w.failed = fmt.Errorf("at %v of virtual time: %w", k.now, k.failed)
		}
	}
	if len(emitted) == 0 {
		return
	}
	slices.SortStableFunc(emitted, func(a, b emission) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.peer.index, b.peer.index))
	})
	for _, e := range emitted {
		for _, s := range e.peer.subscribers {
			if s.protocol == e.protocol {
				s.notify(e.event)
			}
		}
	}
}

// act does something in the turn of a peer, now.
func (w *World) act(p *peer, do func()) {
	k := p.worker
	k.now = w.now
	do()
	k.drain()
	w.exchange()
}

// TraceHash is SHA-256 over every delivery, per peer in order and then over the
// peers in PeerID order, in hexadecimal. Empty unless Config.Trace is set.
func (w *World) TraceHash() string {
	if !w.config.Trace {
		return ""
	}
	order := make([]int, 0, len(w.traces))
	for i := 1; i < len(w.traces); i++ {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return w.index.ids[a].Compare(w.index.ids[b]) })
	total := sha256.New()
	for _, i := range order {
		_, _ = total.Write(w.index.ids[i][:])
		_, _ = total.Write(w.traces[i].hash.Sum(nil))
	}
	return hex.EncodeToString(total.Sum(nil))
}

// set is some protocols of a world, by the number of their name.
type set uint64

func (s set) has(number uint16) bool { return s&(1<<number) != 0 }

var _ protocols.Port = (*proc)(nil)
