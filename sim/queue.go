package sim

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
)

// queue runs the actors of a world: one line of turns for all of them. It is a
// protoactor Dispatcher in name only: its mailboxes put their messages into the
// line themselves.
type queue struct {
	line     actors.Line
	running  bool
	post     func(actors.Turn) // appends to the line
	panicked func(reason any)  // told of every panic of an actor
}

// Schedule is never called by a mailbox of this queue.
func (q *queue) Schedule(fn func()) { fn() }

// Throughput is that of protoactor's Dispatcher.
func (q *queue) Throughput() int { return 1 << 30 }

func (q *queue) mailbox() actor.Mailbox { return actors.NewMailbox(q.post, q.panicked) }

// drain handles messages until there are none.
func (q *queue) drain() {
	if q.running {
		return
	}
	q.running = true
	defer func() { q.running = false }()
	for {
		turn, ok := q.line.Pop()
		if !ok {
			return
		}
		turn.Take()
	}
}
