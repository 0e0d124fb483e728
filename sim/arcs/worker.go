package arcs

import (
	"math"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// worker runs a part of a world's peers, one event at a time.
type worker struct {
	world    *World
	number   int
	now      time.Duration
	limit    time.Duration // of the window
	odd      int           // 1 in every other window
	calendar *calendar
	out      [2][]*box // for the peers of each other worker, of even and of odd windows
	turns    []turn    // what handlers get before the next event
	emitted  []emission
	held     []waiting
	links    store[link]
	pendings store[pending]
	ended    []*peer // since the last exchange
	signs    [2]sign // of even and of odd windows
	totals   Totals
	tally    [counts]uint64
	counts   [maxProtocols]map[string]float64
	failed   error

	near    int64 // the bucket that was read ahead
	nearby  []*link
	touched uint64 // so that reading ahead is not optimized away
}

// box is what one worker's peers have sent to those of another. Both write to it, so that it
// fills cache lines of its own.
type box struct {
	events []event
	first  time.Duration // when the first of the events arrives
	_      [96]byte
}

// sign is what a worker tells the others at the end of a window.
type sign struct {
	first time.Duration // the time of the first event that it knows of; endless: none
	stop  bool          // something must be exchanged before the next window
}

// endless is later than all events.
const endless = time.Duration(math.MaxInt64)

// emission is what a handler emitted, or an event of a connection.
type emission struct {
	at       time.Duration
	peer     *peer
	protocol uint16 // maxProtocols: of a connection
	event    any
}

// subscriber gets what a protocol of a peer emits.
type subscriber struct {
	id       int
	protocol uint16
	notify   func(event any)
}

func newWorker(w *World, number, of int) *worker {
	k := &worker{world: w, number: number, calendar: newCalendar()}
	for i := range k.out {
		for range of {
			k.out[i] = append(k.out[i], &box{first: endless})
		}
	}
	return k
}

func (k *worker) add(c count) { k.tally[c]++ }

// run lets all events before limit happen.
func (k *worker) run(limit time.Duration) {
	var e event
	for k.failed == nil && k.calendar.pop(limit, &e) {
		if k.calendar.base != k.near {
			k.approach()
		}
		k.now = max(k.now, e.at)
		k.take(&e)
	}
}

// windows lets all happen that is before or at end, one window after the other, until
// something must be exchanged. All workers do this at once, and meet before each window.
func (k *worker) windows(end time.Duration) {
	w := k.world
	for odd := 0; ; odd = 1 - odd {
		k.signs[odd] = k.sign(odd)
		w.together.Meet()
		first, stop := endless, false
		for _, other := range w.workers {
			s := &other.signs[odd]
			first, stop = min(first, s.first), stop || s.stop
		}
		if stop || first > end {
			return
		}
		k.collect(odd)
		k.odd = 1 - odd
		k.limit = w.limit(first, end)
		k.run(k.limit)
	}
}

// sign returns what the worker has to tell.
func (k *worker) sign(odd int) sign {
	s := sign{endless, len(k.ended) > 0 || len(k.emitted) > 0 || k.failed != nil}
	if at, ok := k.calendar.peek(); ok {
		s.first = at
	}
	for _, b := range k.out[odd] {
		s.first = min(s.first, b.first)
	}
	return s
}

// collect takes over what the peers of other workers have sent in windows of one kind.
func (k *worker) collect(odd int) {
	for _, from := range k.world.workers {
		b := from.out[odd][k.number]
		for i := range b.events {
			k.calendar.push(&b.events[i])
			b.events[i].body = nil
		}
		b.events, b.first = b.events[:0], endless
	}
}

// approach reads ahead what the events of the calendar's bucket are about. Most of it is in no
// cache. The processor waits for many reads at once here; event by event, it would wait for
// each.
func (k *worker) approach() {
	k.near = k.calendar.base
	peers, touched := k.world.peers, uint64(0)
	for _, s := range k.calendar.current {
		if p := peers[s.dst]; p != nil {
			touched += uint64(p.seq) + uint64(len(p.keys)) + uint64(p.serving)
		}
	}
	for _, s := range k.calendar.current {
		p := peers[s.dst]
		if p == nil {
			continue
		}
		for i := 0; i < len(p.keys); i += keysOfLine {
			touched += uint64(p.keys[i])
		}
		if len(p.procs) > 0 {
			touched += uint64(p.procs[0].name)
		}
	}
	links := k.nearby[:0]
	for _, s := range k.calendar.current {
		if p := peers[s.dst]; p != nil {
			if l := p.link(s.src); l != nil {
				links = append(links, l)
			}
		}
	}
	for _, l := range links {
		touched += uint64(l.remote) + l.number
	}
	k.nearby, k.touched = links, touched
}

// keysOfLine is how many numbers of peers are in a cache line.
const keysOfLine = 16

// take lets an event happen, and handlers have the turns that come of it.
func (k *worker) take(e *event) {
	k.totals.Events++
	k.happen(e)
	k.drain()
}

// drain lets handlers have their turns.
func (k *worker) drain() {
	for i := 0; i < len(k.turns); i++ {
		t := k.turns[i]
		k.turns[i] = turn{}
		t.take(k)
	}
	k.turns = k.turns[:0]
}

// post schedules an event, whose source is one of the worker's peers.
func (k *worker) post(e *event) handle {
	to := k
	if n := len(k.world.workers); n > 1 {
		to = k.world.workers[int(e.dst)%n]
	}
	if to != k {
		b := k.out[k.odd][to.number]
		b.events, b.first = append(b.events, *e), min(b.first, e.at)
		return handle{}
	}
	return k.calendar.push(e)
}

// happen lets an event happen to the peer that it is for.
func (k *worker) happen(e *event) {
	if e.dst == 0 {
		k.world.service.happen(k, e)
		return
	}
	p := k.world.peers[e.dst]
	if p == nil || p.ended {
		return
	}
	if k.world.config.Trace && e.kind >= kMessage {
		k.world.traces[e.dst].add(k.world, e)
	}
	p.happen(e)
}

// turn is an event that a handler gets once the one before has been handled.
type turn struct {
	proc  *proc
	event any
	locks int32 // on the arcs that the event is about, after it
}

func (t turn) take(k *worker) {
	if t.proc != nil {
		k.totals.Turns++
		t.proc.routed(t.event, int(t.locks))
		return
	}
	t.event.(func())()
}

// fail ends the world.
func (k *worker) fail(err error) {
	if k.failed == nil {
		k.failed = err
	}
}

// idOf is the PeerID with a number; the zero one for 0.
func (k *worker) idOf(number uint32) messages.PeerID { return k.world.index.ids[number] }
