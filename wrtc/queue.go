package wrtc

import "sync"

// drainBudget is how many functions a channel's reader runs for others before
// it hands the queue over to a goroutine and goes back to its channel.
const drainBudget = 256

// Queue runs everything that the actors of one peer do, one function at a time
// and in order. It is their actor.Dispatcher. It has no goroutine of its own
// while it is empty.
type Queue struct {
	mu       sync.Mutex
	jobs     []func() // a ring
	head     int
	length   int
	draining bool // somebody runs functions, and will run those in jobs
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{} }

// Schedule appends fn, for any goroutine. fn runs later, on a goroutine of the queue.
func (q *Queue) Schedule(fn func()) {
	q.mu.Lock()
	q.push(fn)
	idle := !q.draining
	q.draining = true
	q.mu.Unlock()
	if idle {
		go q.drain()
	}
}

// Throughput lets a mailbox go on as long as it has messages.
func (q *Queue) Throughput() int { return 1 << 30 }

// Do runs fn after all that was scheduled before, and returns when it has run.
// It is for the readers of channels only, which it holds back in this way: when
// nobody drains the queue, the caller does, for a while.
func (q *Queue) Do(fn func()) {
	q.mu.Lock()
	if q.draining {
		done := make(chan struct{})
		q.push(func() {
			defer close(done)
			fn()
		})
		q.mu.Unlock()
		<-done
		return
	}
	q.draining = true
	q.mu.Unlock()
	fn()
	for range drainBudget {
		if !q.step() {
			return
		}
	}
	go q.drain()
}

func (q *Queue) drain() {
	for q.step() {
	}
}

// step runs the next function; false when there is none, and then the caller
// no longer drains.
func (q *Queue) step() bool {
	q.mu.Lock()
	fn := q.pop()
	q.draining = fn != nil
	q.mu.Unlock()
	if fn == nil {
		return false
	}
	fn()
	return true
}

// keptCapacity is what an empty queue keeps of its ring.
const keptCapacity = 256

func (q *Queue) push(fn func()) {
	if q.length == len(q.jobs) {
		grown := make([]func(), max(16, 2*len(q.jobs)))
		n := copy(grown, q.jobs[q.head:])
		copy(grown[n:], q.jobs[:q.head])
		q.jobs, q.head = grown, 0
	}
	q.jobs[(q.head+q.length)%len(q.jobs)] = fn
	q.length++
}

func (q *Queue) pop() func() {
	if q.length == 0 {
		if len(q.jobs) > keptCapacity {
			q.jobs, q.head = nil, 0
		}
		return nil
	}
	fn := q.jobs[q.head]
	q.jobs[q.head] = nil
	q.head = (q.head + 1) % len(q.jobs)
	q.length--
	return fn
}
