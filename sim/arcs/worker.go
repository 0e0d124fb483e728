package arcs

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// worker runs a part of a world's peers, one event at a time.
type worker struct {
	world    *World
	number   int
	now      time.Duration
	calendar *calendar
	out      [][]event // for the peers of each other worker
	turns    []turn    // what handlers get before the next event
	emitted  []emission
	held     []waiting
	links    store[link]
	pendings store[pending]
	ended    []*peer // since the window began
	totals   Totals
	tally    [counts]uint64
	counts   [maxProtocols]map[string]float64
	failed   error
}

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
	return &worker{world: w, number: number, calendar: newCalendar(), out: make([][]event, of)}
}

func (k *worker) add(c count) { k.tally[c]++ }

// run lets all events before limit happen.
func (k *worker) run(limit time.Duration) {
	var e event
	for k.failed == nil && k.calendar.pop(limit, &e) {
		k.now = max(k.now, e.at)
		k.take(&e)
	}
}

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
		k.out[to.number] = append(k.out[to.number], *e)
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
