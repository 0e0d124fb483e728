package actors_test

import (
	"errors"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
)

// turns is a line and what the actors in it did.
type turns struct {
	line   actors.Line
	done   []any
	failed []any // messages at which an actor panicked
}

// take lets n turns pass, fewer when there are no more.
func (t *turns) take(n int) {
	for range n {
		turn, ok := t.line.Pop()
		if !ok {
			return
		}
		turn.Take()
	}
}

// actor puts an actor into the line, and returns its mailbox.
func (t *turns) actor(on func(message any)) actor.Mailbox {
	m := actors.NewMailbox(t.line.Push, nil)
	m.RegisterHandlers(&invoked{t, on}, nil)
	return m
}

// invoked is what runs behind a mailbox.
type invoked struct {
	*turns
	on func(message any)
}

func (i *invoked) InvokeUserMessage(m any) {
	i.done = append(i.done, m)
	if i.on != nil {
		i.on(m)
	}
}

func (i *invoked) InvokeSystemMessage(m any) { i.InvokeUserMessage(m) }
func (i *invoked) EscalateFailure(_, m any)  { i.failed = append(i.failed, m) }
func panicAt(what any) func(any)             { return func(m any) { panicIf(m == what) } }
func (t *turns) suspend(m actor.Mailbox)     { m.PostSystemMessage(&actor.SuspendMailbox{}) }
func (t *turns) resume(m actor.Mailbox)      { m.PostSystemMessage(&actor.ResumeMailbox{}) }
func post(m actor.Mailbox, messages ...any) {
	for _, message := range messages {
		m.PostUserMessage(message)
	}
}

func panicIf(wrong bool) {
	if wrong {
		panic("boom")
	}
}

var _ = Describe("the line of a peer's actors", func() {
	var t *turns
	BeforeEach(func() { t = &turns{} })

	It("gives turns in order of arrival, across actors", func() {
		a, b := t.actor(nil), t.actor(nil)
		post(a, 1)
		post(b, 2)
		post(a, 3)
		t.line.Push(actors.Call(func() { t.done = append(t.done, 4) }))
		post(b, 5)
		t.take(10)
		Expect(t.done).To(Equal([]any{1, 2, 3, 4, 5}))
		Expect(t.line.Messages()).To(BeEquivalentTo(5))
	})

	It("keeps nobody waiting for an actor that sends to itself without end", func() {
		var endless actor.Mailbox
		endless = t.actor(func(m any) { post(endless, m) })
		other := t.actor(nil)
		post(endless, "again")
		t.take(100)
		post(other, "hello")
		t.take(2)
		Expect(t.done).To(ContainElement("hello"))
	})

	It("lets system messages go first", func() {
		a, b := t.actor(nil), t.actor(nil)
		post(a, "message")
		stop := &actor.Stop{}
		b.PostSystemMessage(stop)
		t.take(10)
		Expect(t.done).To(Equal([]any{stop, "message"}))
	})

	It("hands a panic and its message to the supervisor, and goes on", func() {
		var reasons []any
		m := actors.NewMailbox(t.line.Push, func(reason any) { reasons = append(reasons, reason) })
		m.RegisterHandlers(&invoked{t, panicAt(2)}, nil)
		post(m, 1, 2, 3)
		t.take(10)
		Expect(t.failed).To(Equal([]any{2}))
		Expect(reasons).To(Equal([]any{"boom"}))
		Expect(t.done).To(Equal([]any{1, 2, 3}))
	})

	It("hands a panic at a system message to the supervisor", func() {
		restart := &actor.Restart{}
		t.actor(panicAt(restart)).PostSystemMessage(restart)
		t.take(10)
		Expect(t.failed).To(Equal([]any{restart}))
	})

	It("leaves the panic of a function to the caller", func() {
		boom := errors.New("boom")
		Expect(func() { actors.Call(func() { panic(boom) }).Take() }).To(PanicWith(boom))
	})

	When("an actor is suspended", func() {
		It("goes on with system messages, and keeps the others in order", func() {
			m := t.actor(nil)
			post(m, 1)
			t.suspend(m)
			watch := &actor.Watch{}
			m.PostSystemMessage(watch)
			t.take(10)
			Expect(t.done).To(Equal([]any{watch}))
			Expect(m.UserMessageCount()).To(Equal(1))
			post(m, 2)
			t.resume(m)
			post(m, 3)
			t.take(10)
			Expect(t.done).To(Equal([]any{watch, 1, 2, 3}))
			Expect(m.UserMessageCount()).To(Equal(0))
		})

		It("keeps the order when it is suspended again among those that waited", func() {
			m := t.actor(nil)
			t.suspend(m)
			post(m, 1, 2, 3)
			t.take(10)
			t.resume(m)
			t.take(2) // and the first
			t.suspend(m)
			post(m, 4)
			t.take(10)
			Expect(t.done).To(Equal([]any{1}))
			t.resume(m)
			post(m, 5)
			t.take(20)
			Expect(t.done).To(Equal([]any{1, 2, 3, 4, 5}))
			Expect(m.UserMessageCount()).To(Equal(0))
		})

		It("lets others have their turn among those that waited", func() {
			m, other := t.actor(nil), t.actor(nil)
			t.suspend(m)
			post(m, 1, 2)
			t.take(10)
			t.resume(m)
			post(other, "other")
			t.take(10)
			Expect(t.done).To(Equal([]any{"other", 1, 2}))
		})
	})

	It("forgets a peak of work", func() {
		m := t.actor(nil)
		for i := range 4 * actors.KeptTurns {
			post(m, i)
		}
		t.take(4*actors.KeptTurns + 1)
		Expect(t.done).To(HaveLen(4 * actors.KeptTurns))
		Expect(t.line.Capacity()).To(BeNumerically("<=", actors.KeptTurns))
	})
})
