// Package together runs the workers of a simulated world side by side, in windows in which
// none can hear of another. A run is one window, or several between which they Meet.
package together

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Workers run the parts of a world, each on a goroutine of its own.
type Workers struct {
	first      func(limit time.Duration) // on the goroutine of the caller
	limit      time.Duration             // of the run
	closed     bool
	running    bool // Run has not come to its end
	start, end gate
	meeting    gate
}

// New makes Workers of at least one part. A part runs until a limit of virtual time.
func New(parts ...func(limit time.Duration)) *Workers {
	w := &Workers{first: parts[0]}
	for _, g := range []*gate{&w.start, &w.end, &w.meeting} {
		g.open(len(parts))
	}
	for _, part := range parts[1:] {
		go func() {
			for w.start.pass(); !w.closed; w.start.pass() {
				part(w.limit)
				w.end.pass()
			}
		}()
	}
	return w
}

// Run runs all parts until limit, and returns when all have.
func (w *Workers) Run(limit time.Duration) {
	w.limit, w.running = limit, true
	w.start.pass()
	w.first(limit)
	w.end.pass()
	w.running = false
}

// Meet is called by the parts while they run, by all of them equally often. It returns once
// all have called it.
func (w *Workers) Meet() { w.meeting.pass() }

// Close ends the goroutines. Workers are not to be used afterwards. After a panic of the
// caller's own part in Run, the others wait for it and cannot be ended.
func (w *Workers) Close() {
	if w.running {
		return
	}
	w.closed = true
	w.start.pass()
}

// looks is how often a worker looks whether the others are there before it sleeps. A worker
// that sleeps is woken late, compared with the length of most windows.
const looks = 1 << 17

// line is at least the size of a cache line, or of the two that processors fetch together.
const line = 128

// gate lets its workers pass once all are there.
type gate struct {
	_       [line]byte
	missing atomic.Int32
	_       [line]byte
	passed  atomic.Uint32 // how often all have
	_       [line]byte
	workers int32
	looks   int
	mutex   sync.Mutex
	change  *sync.Cond // of passed
}

// open prepares a gate for a number of workers. When not all of them can run at once, a
// worker that looks only keeps another from coming.
func (g *gate) open(workers int) {
	g.workers = int32(workers)
	g.missing.Store(g.workers)
	g.change = sync.NewCond(&g.mutex)
	if runtime.GOMAXPROCS(0) >= workers {
		g.looks = looks
	}
}

// pass returns once all workers have called it.
func (g *gate) pass() {
	before := g.passed.Load()
	if g.missing.Add(-1) == 0 {
		g.missing.Store(g.workers)
		g.mutex.Lock()
		g.passed.Add(1)
		g.mutex.Unlock()
		g.change.Broadcast()
		return
	}
	for range g.looks {
		if g.passed.Load() != before {
			return
		}
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for g.passed.Load() == before {
		g.change.Wait()
	}
}
