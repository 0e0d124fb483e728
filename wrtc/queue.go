package wrtc

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
)

// drainBudget is how many turns a channel's reader takes for others. After that it
// hands the queue over to a goroutine and goes back to its channel.
const drainBudget = 256

// Queue runs the turns of the actors of one peer, one at a time and in the order of
// their arrival. It is their actor.Dispatcher and makes their mailboxes. An empty
// queue has no goroutine.
type Queue struct {
	mu       sync.Mutex
	line     actors.Line
	draining bool // a goroutine is taking turns until the line is empty
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{} }

// Mailbox is an actor.MailboxProducer. The messages for all its actors wait in the
// queue's one line, so that each actor gets its turn.
func (q *Queue) Mailbox() actor.Mailbox { return actors.NewMailbox(q.post, nil) }

// Schedule appends fn from any goroutine. fn runs later, on a goroutine of the queue.
func (q *Queue) Schedule(fn func()) { q.post(actors.Call(fn)) }

// Throughput implements actor.Dispatcher for mailboxes that the queue did not make.
// Such a mailbox runs as long as it has messages.
func (q *Queue) Throughput() int { return 1 << 30 }

func (q *Queue) post(t actors.Turn) {
	q.mu.Lock()
	q.line.Push(t)
	idle := !q.draining
	q.draining = true
	q.mu.Unlock()
	if idle {
		go q.drain()
	}
}

// Do runs fn after everything that was posted before, and returns when it has run.
// Only the readers of channels call it, and waiting slows them down. When no
// goroutine drains the queue, the caller does so for a while.
func (q *Queue) Do(fn func()) {
	q.mu.Lock()
	if q.draining {
		done := make(chan struct{})
		q.line.Push(actors.Call(func() {
			defer close(done)
			fn()
		}))
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
	pace := newPace()
	for q.step() {
		pace.breathe()
	}
}

// step runs the next turn. It returns false when there is none. Then the caller no
// longer drains.
func (q *Queue) step() bool {
	q.mu.Lock()
	turn, ok := q.line.Pop()
	q.draining = ok
	q.mu.Unlock()
	if ok {
		turn.Take()
	}
	return ok
}
