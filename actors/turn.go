package actors

import (
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// Turn is one message for one actor, or a function. The actors of a peer, or of a
// whole world, take turns. All messages stand in one Line, so an actor that never
// runs out of messages does not hold up the others.
type Turn struct {
	to      *mailbox // nil: message is a function
	message any
	system  bool
}

// Call is the turn of a function.
func Call(f func()) Turn { return Turn{message: f} }

// Take has the actor handle the message. A panic of the actor goes to its
// supervisor, a panic of a function to the caller.
func (t Turn) Take() {
	switch {
	case t.to == nil:
		t.message.(func())()
	case t.system:
		t.to.systemMessage(t.message)
	default:
		t.to.userMessage(t.message)
	}
}

// NewMailbox makes the mailbox of an actor, which hands each message to post. Any
// goroutine may post turns; they are taken one at a time. panicked, unless nil, is
// told of each panic of the actor.
func NewMailbox(post func(Turn), panicked func(reason any)) actor.Mailbox {
	return &mailbox{post: post, panicked: panicked}
}

// mailbox is an actor's place in the line. While it is suspended after a panic,
// its user messages wait here.
type mailbox struct {
	post     func(Turn)
	panicked func(reason any)
	invoker  actor.MessageInvoker
	count    atomic.Int64 // user messages not handled yet
	held     *held        // nil: it is not suspended, and no message waits; used in turns only
}

// held are the messages of a mailbox that is suspended, or was.
type held struct {
	suspended bool
	waiting   []any
}

// resumed takes the turn of a message that waited; those go first.
type resumed struct{}

func (m *mailbox) PostUserMessage(message any) {
	m.count.Add(1)
	m.post(Turn{to: m, message: message})
}

func (m *mailbox) PostSystemMessage(message any) {
	m.post(Turn{to: m, message: message, system: true})
}

func (m *mailbox) RegisterHandlers(invoker actor.MessageInvoker, _ actor.Dispatcher) {
	m.invoker = invoker
}
func (m *mailbox) Start()                {}
func (m *mailbox) UserMessageCount() int { return int(m.count.Load()) }

func (m *mailbox) userMessage(message any) {
	if h := m.held; h != nil {
		if message != (resumed{}) {
			h.waiting = append(h.waiting, message)
		}
		if h.suspended {
			return
		}
		message, h.waiting = h.waiting[0], h.waiting[1:]
		if len(h.waiting) == 0 {
			m.held = nil
		}
	} else if message == (resumed{}) {
		return // a second panic had all that waited counted again
	}
	m.count.Add(-1)
	defer m.escalate(message)
	m.invoker.InvokeUserMessage(message)
}

func (m *mailbox) systemMessage(message any) {
	switch message.(type) {
	case *actor.SuspendMailbox:
		if m.held == nil {
			m.held = &held{}
		}
		m.held.suspended = true
	case *actor.ResumeMailbox:
		m.resume()
	default:
		defer m.escalate(message)
		m.invoker.InvokeSystemMessage(message)
	}
}

// resume lets the messages that waited have their turns.
func (m *mailbox) resume() {
	if m.held == nil {
		return
	}
	m.held.suspended = false
	for range m.held.waiting {
		m.post(Turn{to: m, message: resumed{}})
	}
	if len(m.held.waiting) == 0 {
		m.held = nil
	}
}

// escalate hands a panic of the actor to its supervisor.
func (m *mailbox) escalate(message any) {
	if reason := recover(); reason != nil {
		if m.panicked != nil {
			m.panicked(reason)
		}
		m.invoker.EscalateFailure(reason, message)
	}
}
