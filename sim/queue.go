package sim

import (
	"github.com/asynkron/protoactor-go/actor"
)

// queue runs the actors of a world: one line of messages for all of them, in
// the order in which they were sent, system messages first. It is a protoactor
// Dispatcher in name only: its mailboxes put their messages here themselves.
type queue struct {
	user, system line
	handled      uint64 // messages, since the start
	running      bool
	panicked     func(reason any) // told of every panic of an actor
}

// Schedule is not reached by a mailbox of this queue.
func (q *queue) Schedule(fn func()) { fn() }

// Throughput is that of protoactor's Dispatcher.
func (q *queue) Throughput() int { return 1 << 30 }

func (q *queue) mailbox() actor.Mailbox { return &mailbox{queue: q} }

// drain handles messages until there are none.
func (q *queue) drain() {
	if q.running {
		return
	}
	q.running = true
	defer func() { q.running = false }()
	for {
		m, ok := q.system.pop()
		if ok {
			m.to.systemMessage(m.message)
			continue
		}
		if m, ok = q.user.pop(); !ok {
			return
		}
		q.handled++
		m.to.userMessage(m.message)
	}
}

// posted is a message in line for an actor.
type posted struct {
	to      *mailbox
	message any
}

// line is a ring that grows.
type line struct {
	ring        []posted
	first, size int
}

func (l *line) push(m posted) {
	if l.size == len(l.ring) {
		grown := make([]posted, max(64, 2*len(l.ring)))
		n := copy(grown, l.ring[l.first:])
		copy(grown[n:], l.ring[:l.first])
		l.ring, l.first = grown, 0
	}
	l.ring[(l.first+l.size)&(len(l.ring)-1)] = m
	l.size++
}

func (l *line) pop() (posted, bool) {
	if l.size == 0 {
		return posted{}, false
	}
	m := l.ring[l.first]
	l.ring[l.first] = posted{}
	l.first = (l.first + 1) & (len(l.ring) - 1)
	l.size--
	return m, true
}

// mailbox is an actor's place in the queue. While it is suspended after a
// panic, its user messages wait here.
type mailbox struct {
	queue     *queue
	invoker   actor.MessageInvoker
	suspended bool
	waiting   []any
}

func (m *mailbox) PostUserMessage(message any)   { m.queue.user.push(posted{m, message}) }
func (m *mailbox) PostSystemMessage(message any) { m.queue.system.push(posted{m, message}) }

func (m *mailbox) RegisterHandlers(invoker actor.MessageInvoker, _ actor.Dispatcher) {
	m.invoker = invoker
}
func (m *mailbox) Start()                {}
func (m *mailbox) UserMessageCount() int { return len(m.waiting) }

func (m *mailbox) userMessage(message any) {
	if m.suspended {
		m.waiting = append(m.waiting, message)
		return
	}
	defer m.escalate(message)
	m.invoker.InvokeUserMessage(message)
}

func (m *mailbox) systemMessage(message any) {
	switch message.(type) {
	case *actor.SuspendMailbox:
		m.suspended = true
	case *actor.ResumeMailbox:
		m.suspended = false
		for _, waited := range m.waiting {
			m.PostUserMessage(waited)
		}
		m.waiting = nil
	default:
		defer m.escalate(message)
		m.invoker.InvokeSystemMessage(message)
	}
}

// escalate hands a panic of the actor to its supervisor.
func (m *mailbox) escalate(message any) {
	if reason := recover(); reason != nil {
		m.queue.panicked(reason)
		m.invoker.EscalateFailure(reason, message)
	}
}
