//go:build !js

package actors_test

import (
	"context"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// script is a handler that notes its events and does what the test says.
type script struct {
	events *[]any
	on     func(port protocols.Port, event any)
}

func (s script) Handle(port protocols.Port, event any) {
	*s.events = append(*s.events, event)
	if s.on != nil {
		s.on(port, event)
	}
}

type boom struct{}

func scripted(name string, events *[]any, on func(protocols.Port, any)) protocols.Protocol {
	return protocols.Protocol{
		Name: name, Message: &wrapperspb.BytesValue{},
		New: func() protocols.Handler { return script{events, on} },
	}
}

var _ = Describe("a protocol", func() {
	var (
		r      *room
		events []any
	)
	BeforeEach(func() {
		r, events = newRoom("a", "b"), nil
		r.join("a", "b")
	})

	When("its handler panics", func() {
		var views []int
		BeforeEach(func() {
			views = nil
			r.spawn("b", protocols.Protocol{Name: "p"})
			r.spawn("a", scripted("p", &events, func(port protocols.Port, event any) {
				switch e := event.(type) {
				case messages.Started:
					views = append(views, port.View().Out.Len())
					if !e.Restarted {
						port.After(time.Second, "tick")
						port.Open(r.id("b"))
					}
				case messages.Told:
					panic("boom")
				}
			}))
			r.run(time.Second / 2)
		})

		It("is made anew with the same view and without its timers", func() {
			Expect(r.peers["a"].Tell("p", boom{})).To(Succeed())
			r.run(2 * time.Second)
			Expect(views).To(Equal([]int{0, 1}))
			Expect(events).To(ContainElement(messages.Started{Restarted: true}))
			Expect(events).NotTo(ContainElement("tick"))
			Expect(r.snapshot("a").Views["p"].Out.Len()).To(Equal(1))
		})

		It("is removed after five panics in a minute, and its arcs end", func() {
			for range 5 {
				Expect(r.peers["a"].Tell("p", boom{})).To(Succeed())
				r.run(time.Second)
			}
			Expect(r.snapshot("a").Views).NotTo(HaveKey("p"))
			Expect(r.snapshot("b").Views["p"].In.Len()).To(BeZero())
			Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		})

		It("goes on when the panics are rare", func() {
			for range 10 {
				Expect(r.peers["a"].Tell("p", boom{})).To(Succeed())
				r.run(20 * time.Second)
			}
			Expect(r.snapshot("a").Views).To(HaveKey("p"))
		})
	})

	It("sees the arcs of those it Sees, also older ones, and may send along them", func() {
		r.open("a", "b")
		for _, name := range []string{"a", "b"} {
			p := scripted("watch", &events, nil)
			p.Sees = []string{"lab"}
			pid := r.spawn(name, p)
			if name == "b" {
				r.run(time.Second)
				r.system.Root.Send(pid, messages.Send{To: r.id("a"), Message: wrapperspb.Bytes([]byte("x"))})
			}
		}
		r.run(time.Second)
		Expect(events).To(ContainElement(messages.Seen{Protocol: "lab", Event: messages.ArcOpened{Peer: r.id("b"), Dir: messages.Out}}))
		Expect(events).To(ContainElement(messages.Seen{Protocol: "lab", Event: messages.ArcOpened{Peer: r.id("a"), Dir: messages.In}}))
		Expect(events).To(ContainElement(WithTransform(isReceived, BeTrue())))
	})

	It("is told once that a message found no such protocol", func() {
		r.spawn("a", scripted("p", &events, nil))
		r.spawn("b", protocols.Protocol{Name: "p"})
		r.open("a", "b")
		pid := r.spawn("a", scripted("q", &events, nil))
		send := func() {
			r.system.Root.Send(pid, messages.Send{To: r.id("b"), Message: wrapperspb.Bytes(nil)})
			r.run(time.Second)
		}
		send()
		Expect(code(events[len(events)-1])).To(Equal(messages.ErrNoProtocol))
		r.spawn("b", protocols.Protocol{Name: "q", Message: &wrapperspb.BytesValue{}})
		r.run(time.Second)
		events = nil
		send()
		Expect(events).To(BeEmpty())
		Expect(r.peers["b"].Remove(context.Background(), "q")).To(Succeed())
		send()
		Expect(code(events[len(events)-1])).To(Equal(messages.ErrNoProtocol))
	})

	It("may not be described wrongly or twice", func() {
		_, err := r.peers["a"].Spawn(context.Background(), protocols.Protocol{Name: "Not A Name"})
		Expect(err).To(MatchError(ContainSubstring("1 to 32")))
		_, err = r.peers["a"].Spawn(context.Background(), protocols.Protocol{Name: "lab"})
		Expect(err).To(MatchError(messages.ErrDuplicate))
		Expect(r.peers["a"].Remove(context.Background(), "nothing")).To(MatchError(messages.ErrNoProtocol))
	})

	It("cannot wait for its own peer", func() {
		var err error
		r.spawn("a", scripted("p", &events, func(protocols.Port, any) {
			_, err = r.peers["a"].Snapshot(context.Background())
		}))
		Expect(err).To(MatchError(ContainSubstring("may not wait")))
	})

	It("takes leave before the connections end", func() {
		r.open("b", "a")
		r.spawn("a", scripted("p", &events, func(port protocols.Port, event any) {
			if _, ok := event.(messages.Leaving); ok {
				port.Tell("lab", "bye")
				port.Stop()
			}
		}))
		Expect(r.peers["a"].Leave(context.Background())).To(Succeed())
		Expect(events[len(events)-1]).To(Equal(messages.Stopped{}))
		Expect(r.peers["a"].Leave(context.Background())).To(Succeed())
		_, err := r.peers["a"].Spawn(context.Background(), protocols.Protocol{Name: "late"})
		Expect(err).To(MatchError(messages.ErrClosed))
		r.run(time.Second)
		Expect(r.views("b")).To(Equal("out in"))
	})

	It("that refuses introductions opens no arc for a neighbour", func() {
		r.spawn("a", protocols.Protocol{Name: "p", Introductions: protocols.Refuse})
		r.spawn("b", scripted("p", &events, func(port protocols.Port, event any) {
			if _, ok := event.(messages.Told); ok {
				port.Invite(r.id("a"))
			}
		}))
		r.open("a", "b")
		Expect(r.peers["b"].Tell("p", "invite")).To(Succeed())
		r.run(time.Second)
		Expect(code(events[len(events)-1])).To(Equal(messages.ErrRefused))
	})

	DescribeTable("delivers in each class", func(delivery protocols.Delivery) {
		p := scripted("p", &events, func(port protocols.Port, event any) {
			if e, ok := event.(messages.ArcOpened); ok && e.Dir == messages.Out {
				port.Send(e.Peer, wrapperspb.Bytes([]byte("1")))
				port.Send(e.Peer, wrapperspb.Bytes([]byte("2")))
			}
		})
		p.Delivery = delivery
		r.spawn("b", p)
		r.system.Root.Send(r.spawn("a", p), messages.Open{Peer: r.id("b")})
		r.run(time.Second)
		Expect(slices.DeleteFunc(events, func(e any) bool { return !isReceived(e) })).To(HaveLen(2))
	}, Entry(nil, protocols.Ordered), Entry(nil, protocols.Reliable), Entry(nil, protocols.Lossy))
})

func isReceived(e any) bool {
	_, ok := e.(messages.Received)
	return ok
}
