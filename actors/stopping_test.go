//go:build !js

package actors_test

import (
	"context"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// always is a handler that panics on every event, the last one too.
type always struct{ events *int }

func (a always) Handle(protocols.Port, any) {
	*a.events++
	panic("always")
}

var _ = Describe("the end of a protocol", func() {
	var (
		r      *room
		events []any
	)
	BeforeEach(func() {
		r, events = newRoom("a", "b"), nil
		r.join("a", "b")
	})

	// stopper asks for what it should not while it stops.
	stopper := func(name string, then func(protocols.Port)) protocols.Protocol {
		return scripted(name, &events, func(port protocols.Port, event any) {
			if _, ok := event.(messages.Stopped); ok {
				then(port)
			}
		})
	}

	When("its handler panics on Stopped", func() {
		BeforeEach(func() {
			r.spawn("a", stopper("p", func(protocols.Port) { panic("boom") }))
		})
		AfterEach(func() {
			Expect(events[len(events)-1]).To(Equal(messages.Stopped{}))
		})

		It("removes it, and the peer goes on", func() {
			Expect(r.peers["a"].Remove(context.Background(), "p")).To(Succeed())
			r.run(5 * time.Second)
			Expect(r.alive("a")).To(BeTrue())
			Expect(r.snapshot("a").Views).NotTo(HaveKey("p"))
			Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
			r.leave("a")
		})

		It("lets the peer leave", func() { r.leave("a") })

		It("lets the peer crash", func() {
			r.peers["a"].Crash()
			r.run(time.Second)
			Expect(r.alive("a")).To(BeFalse())
		})
	})

	It("that panics on Stopped after it stopped itself lets the peer leave", func() {
		r.spawn("a", scripted("p", &events, func(port protocols.Port, event any) {
			switch event.(type) {
			case messages.Leaving:
				port.Stop()
			case messages.Stopped:
				panic("boom")
			}
		}))
		r.leave("a")
	})

	It("does not crash the peer when the handler panics while it is removed", func() {
		pid := r.spawn("a", scripted("p", &events, func(_ protocols.Port, event any) {
			if event == (boom{}) {
				panic("boom")
			}
		}))
		removed := r.peers["a"].BeginRemove("p")
		r.system.Root.Send(pid, boom{})
		r.run(time.Second)
		Expect(events).To(ContainElement(boom{}))
		Expect(removed.Ended).To(Equal(1))
		Expect(r.alive("a")).To(BeTrue())
		Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
	})

	It("comes to a handler that panics always, and the peer can leave", func() {
		handled := 0
		spawned := r.peers["a"].BeginSpawn(protocols.Protocol{Name: "p", New: func() protocols.Handler { return always{&handled} }})
		r.run(time.Second)
		Expect(handled).To(BeNumerically(">=", 5))
		Expect(spawned.Ended).To(Equal(1))
		Expect(r.snapshot("a").Views).NotTo(HaveKey("p"))
		r.leave("a")
	})

	DescribeTable("takes no lock after Stop while the peer leaves", func(others ...protocols.Protocol) {
		var opened messages.PeerID
		r.spawn("b", protocols.Protocol{Name: "p"})
		for _, other := range others {
			r.spawn("a", other)
		}
		r.spawn("a", scripted("p", &events, func(port protocols.Port, event any) {
			switch e := event.(type) {
			case messages.Started:
				port.Open(r.id("b"))
			case messages.ArcOpened:
				opened = e.Peer
			case messages.Leaving:
				port.Stop()
			case messages.Stopped:
				port.Lock(opened)
				port.Unlock(opened)
				port.Drop(opened)
				port.Close(opened)
			}
		}))
		r.run(time.Second)
		Expect(opened).To(Equal(r.id("b")))
		r.leave("a")
		Expect(events[len(events)-1]).To(Equal(messages.Stopped{}))
	},
		Entry("at once"),
		Entry("and another protocol takes its time", scripted("slow", new([]any), nil)),
	)

	It("lets Spawn return that a Remove overtakes", func() {
		spawned := r.peers["a"].BeginSpawn(protocols.Protocol{Name: "p"})
		removed := r.peers["a"].BeginRemove("p")
		r.run(time.Second)
		Expect([]int{spawned.Ended, removed.Ended}).To(Equal([]int{1, 1}))
		Expect(spawned.Err).To(MatchError(messages.ErrClosed))
		Expect(removed.Err).NotTo(HaveOccurred())
	})

	It("lets Snapshot return, asked for before and behind", func() {
		before := r.peers["a"].BeginSnapshot()
		r.peers["a"].BeginRemove("lab")
		behind := r.peers["a"].BeginSnapshot()
		r.run(time.Second)
		Expect([]int{before.Ended, behind.Ended}).To(Equal([]int{1, 1}))
		Expect(behind.Value.Views).NotTo(HaveKey("lab"))
	})

	It("lets Snapshot return when the protocol has just stopped itself", func() {
		r.system.Root.Send(r.peers["a"].lab, messages.Stop{})
		s := r.peers["a"].BeginSnapshot()
		r.run(time.Second)
		Expect(s.Ended).To(Equal(1))
	})

	// almost spawns a handler that panics on boom, and that has done so as often as it may.
	almost := func() *actor.PID {
		pid := r.spawn("a", scripted("p", &events, func(_ protocols.Port, event any) {
			if event == (boom{}) {
				panic("boom")
			}
		}))
		for range 4 {
			r.system.Root.Send(pid, boom{})
			r.run(time.Second)
		}
		return pid
	}

	It("lets Snapshot return when its handler has just panicked once too often", func() {
		pid := almost()
		s := r.peers["a"].BeginSnapshot()
		r.system.Root.Send(pid, boom{}) // arrives first, as the snapshot goes by the peer
		r.run(time.Second)
		Expect(s.Ended).To(Equal(1))
		Expect(r.snapshot("a").Views).NotTo(HaveKey("p"))
	})

	It("ends a request of the handle when its handler has just panicked once too often", func() {
		pid := almost()
		request := r.peers["a"].BeginClose("p", r.id("b"))
		r.system.Root.Send(pid, boom{}) // arrives first, as the request goes by the peer
		r.run(time.Minute)
		Expect(request.Ended).To(Equal(1))
		Expect(request.Err).To(HaveOccurred())
	})

	It("comes before the start of the next of its name", func() {
		r.open("a", "b")
		r.peers["a"].lastly()
		r.conn("a", "b").Close(false)
		r.readd("a", atOnce)
		r.run(time.Second)
		Expect(r.peers["a"].events).To(HaveExactElements(
			messages.PeerDown{Peer: r.id("b"), Out: 1, Cause: messages.CauseCrashed},
			messages.ArcClosed{Peer: r.id("b"), Dir: messages.Out, Cause: messages.CauseCrashed},
			messages.Stopped{}, messages.Started{},
		))
	})

	DescribeTable("ends a request of the handle", func(stop func()) {
		before := r.peers["a"].BeginClose("lab", r.id("b"))
		stop()
		behind := r.peers["a"].BeginClose("lab", r.id("b"))
		r.run(time.Minute)
		Expect([]int{before.Ended, behind.Ended}).To(Equal([]int{1, 1}))
		Expect(before.Err).To(HaveOccurred())
		Expect(behind.Err).To(HaveOccurred())
	},
		Entry("when it is removed", func() { r.peers["a"].BeginRemove("lab") }),
		Entry("when it stops itself", func() { r.system.Root.Send(r.peers["a"].lab, messages.Stop{}) }),
	)

	It("comes after its start, even when the peer leaves in between", func() {
		spawned := r.peers["a"].BeginSpawn(scripted("p", &events, nil))
		r.leave("a")
		Expect(spawned.Ended).To(Equal(1))
		Expect(events).To(HaveExactElements(
			messages.Started{}, BeAssignableToTypeOf(messages.Leaving{}), messages.Stopped{},
		))
	})

	DescribeTable("sends nothing to who is gone", func(end func()) {
		var letters []string
		r.system.EventStream.Subscribe(func(e any) {
			if d, ok := e.(*actor.DeadLetterEvent); ok {
				letters = append(letters, fmt.Sprintf("%T to %s", d.Message, d.PID.GetId()))
			}
		})
		end()
		r.run(time.Minute)
		Expect(letters).To(BeEmpty())
	},
		Entry("when the peer crashes alone", func() { r.peers["a"].Crash() }),
		Entry("when the peer crashes among others", func() {
			r.open("a", "b")
			r.peers["a"].Crash()
		}),
		Entry("when the peer crashes while it enters and dials", func() {
			r.ask("a", func(t messages.Ticket) any { return messages.ContactsOf{Ticket: t, N: 1} })
			r.run(0)
			r.ask("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("b")} })
			r.run(0)
			r.peers["a"].Crash()
		}),
		Entry("when the peer crashes and the handler still asks", func() {
			r.spawn("a", stopper("p", func(port protocols.Port) {
				port.Open(r.id("b"))
				port.Contacts(1)
				port.Emit("last")
				port.After(time.Second, "never")
			}))
			r.peers["a"].Crash()
		}),
		Entry("when the peer leaves", func() {
			r.open("a", "b")
			r.leave("a")
		}),
		Entry("when the protocol is removed while messages are on their way to it", func() {
			r.open("a", "b")
			r.open("b", "a")
			r.peers["a"].BeginRemove("lab")
			r.inject("b", "a", protocols.Ordered, messages.Envelope{Protocol: 1, Payload: []byte{}})
		}),
		Entry("when the protocol is removed and a snapshot is asked for", func() {
			r.peers["a"].BeginRemove("lab")
			r.peers["a"].BeginSnapshot()
		}),
	)
})

// heldClock gives the timers of a peer into the hands of a test.
type heldClock struct {
	actors.Clock
	posts []func()
}

func (h *heldClock) AfterFunc(_ time.Duration, post func()) actors.Timer {
	h.posts = append(h.posts, post)
	return h.Clock.AfterFunc(24*time.Hour, func() {})
}

// fire lets all timers expire.
func (h *heldClock) fire() {
	for _, post := range h.posts {
		post()
	}
}

var _ = Describe("a timer", func() {
	var (
		r      *room
		clock  *heldClock
		pid    *actor.PID
		events []any
	)
	BeforeEach(func() {
		r, events = newRoom(), nil
		world := r.world("a")
		clock = &heldClock{Clock: world.Clock}
		world.Clock = clock
		r.startIn("a", world, quick())
		pid = r.spawn("a", scripted("p", &events, func(port protocols.Port, event any) {
			switch e := event.(type) {
			case messages.Started:
				if !e.Restarted {
					port.After(time.Second, "tick")
				}
			case boom:
				panic("boom")
			}
		}))
		r.run(0)
	})

	It("reaches the handler that set it", func() {
		clock.fire()
		r.run(time.Second)
		Expect(events).To(ContainElement("tick"))
	})

	It("never reaches the next one, not even when it expires while the old one panics", func() {
		r.system.Root.Send(pid, boom{}) // waits in the mailbox, the expiry behind it
		clock.fire()
		r.run(time.Second)
		Expect(events).To(HaveExactElements(messages.Started{}, boom{}, messages.Started{Restarted: true}))
	})
})
