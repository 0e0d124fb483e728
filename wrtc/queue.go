package wrtc

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
)

// drainBudget is how many turns a channel's reader takes for others before
// it hands the queue over to a goroutine and goes back to its channel.
const drainBudget = 256

// Queue runs everything that the actors of one peer do, one turn at a time and in
// order of arrival. It is their actor.Dispatcher and makes their mailboxes. It
// has no goroutine of its own while it is empty.
type Queue struct {
	mu       sync.Mutex
	line     actors.Line
	draining bool // somebody takes turns, and will take those in the line
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{} }

// Mailbox is an actor.MailboxProducer: the messages for its actors stand in the
// queue's one line, so that each actor gets its turn.
func (q *Queue) Mailbox() actor.Mailbox { return actors.NewMailbox(q.post, nil) }

// Schedule appends fn, for any goroutine. fn runs later, on a goroutine of the queue.
func (q *Queue) Schedule(fn func()) { q.post(actors.Call(fn)) }

// Throughput is that of actor.Dispatcher, for mailboxes that are not the queue's:
// such a one goes on as long as it has messages.
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

// Do runs fn after all that was posted before, and returns when it has run.
// It is for the readers of channels only, which it holds back in this way: when
// nobody drains the queue, the caller does, for a while.
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
	for q.step() {
	}
}

// step takes the next turn; false when there is none, and then the caller no
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
