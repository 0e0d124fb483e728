//go:build !js

package actors_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// broken is a transport that panics.
type broken struct{ actors.Transport }

func (broken) Connect(messages.PeerID, func(actors.ConnEvent)) actors.Conn { panic("no connection") }

var _ = Describe("a connection", func() {
	var r *room
	BeforeEach(func() {
		r = newRoom("a", "b", "c")
		r.join("a", "b", "c")
	})

	It("that ends fails the messages that wait for the channel of their class", func() {
		var events []any
		p := scripted("p", &events, nil)
		p.Delivery = protocols.Lossy
		r.spawn("b", protocols.Protocol{Name: "p", Message: p.Message, Delivery: protocols.Lossy})
		pid := r.spawn("a", p)
		r.system.Root.Send(pid, messages.Open{Ticket: 1, Peer: r.id("b")})
		r.run(time.Second)
		for _, t := range []messages.Ticket{77, 78} {
			r.system.Root.Send(pid, messages.Send{Ticket: t, To: r.id("b"), Message: wrapperspb.Bytes(nil)})
		}
		r.run(0)
		r.peers["b"].Crash()
		r.run(time.Minute)
		var failed []messages.Ticket
		for _, e := range events {
			if f, ok := e.(messages.Failed); ok {
				Expect(code(f)).To(Equal(messages.ErrClosed))
				failed = append(failed, f.Ticket)
			}
		}
		Expect(failed).To(Equal([]messages.Ticket{77, 78}))
	})

	It("whose agreed end is overdue takes no arcs down that were opened later", func() {
		smaller, larger := r.bySize("a", "b")
		r.open(smaller, larger)
		r.do(smaller, func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id(larger)} })
		r.latency = 2800 * time.Millisecond // there and back takes longer than an answer may
		r.run(6 * time.Second)
		Expect(r.frames["CloseProposal"]).To(Equal(1))
		ticket := r.ask(smaller, func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(larger)} })
		r.run(30 * time.Second)
		Expect(r.outcome(smaller, ticket)).NotTo(BeNil())
		for _, name := range []string{smaller, larger} {
			Expect(r.peers[name].events).NotTo(ContainElement(BeAssignableToTypeOf(messages.PeerDown{})))
		}
		r.agree(smaller, larger)
	})

	It("passes on an introduction right behind Proof", func() {
		r.open("b", "c")
		r.intercept = func(c *memoryConn, m proto.Message, frame []byte) []byte {
			if _, ok := m.(*messages.Proof); !ok || c.transport.self != r.id("b") {
				return frame
			}
			frame, err := messages.AppendEnvelope(frame, control(&messages.Introduction{Job: 7, Protocol: "lab", To: r.id("c").Bytes()}))
			Expect(err).NotTo(HaveOccurred())
			return frame
		}
		r.open("a", "b")
		Expect(r.views("a")).To(Equal("out b:1 c:1 in"))
		Expect(r.snapshot("a").Counters["signals_late"]).To(BeZero())
		Expect(r.frames["Outcome"]).To(Equal(1))
	})

	It("lives on when the request for it expires while the two prove who they are", func() {
		hasty := quick()
		hasty.RequestTimeout = 130 * time.Millisecond
		r.startIn("x", r.world("x"), hasty)
		r.join("x")
		var ends []any
		r.peers["a"].SubscribeConnections(func(event any) {
			if closed, ok := event.(messages.ConnectionClosed); ok {
				ends = append(ends, closed.Cause)
			}
		})
		r.latency = 20 * time.Millisecond
		t := r.ask("x", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("a")} })
		r.run(130 * time.Millisecond)
		Expect(code(r.outcome("x", t))).To(Equal(messages.ErrTimeout))
		Expect(r.frames["Proof"]).To(Equal(2), "on their way")
		r.run(time.Second / 2)
		Expect(r.snapshot("x").Lingering).To(Equal([]messages.PeerID{r.id("a")}))
		r.run(time.Minute)
		Expect(ends).To(ConsistOf(messages.CauseClosed))
		for what, n := range r.snapshot("x").Held {
			Expect(n).To(BeZero(), what)
		}
	})

	It("is not proposed to be closed while a job holds it", func() {
		smaller, larger := r.bySize("a", "b")
		r.open(smaller, larger)
		r.open(smaller, "c")
		for _, name := range []string{larger, "c"} {
			r.do(smaller, func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id(name)} })
		}
		proposals := 0
		r.intercept = func(c *memoryConn, m proto.Message, frame []byte) []byte {
			switch m.(type) {
			case *messages.Introduction:
				return nil
			case *messages.CloseProposal:
				proposals++
			}
			return frame
		}
		r.ask(smaller, func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id(larger), To: r.id("c")} })
		r.run(5 * time.Second)
		Expect(r.snapshot(smaller).Held["holds"]).To(Equal(2))
		Expect(proposals).To(BeZero())
	})

	It("may lead to a peer with more protocols than we run at most", func() {
		few := quick()
		few.MaxProtocols = 2
		r.startIn("x", r.world("x"), few)
		r.spawn("x", protocols.Protocol{Name: "z"})
		_, err := r.peers["x"].Spawn(context.Background(), protocols.Protocol{Name: "third"})
		Expect(err).To(MatchError(messages.ErrFull))
		for i := range 5 {
			r.spawn("a", protocols.Protocol{Name: fmt.Sprint("p", i)})
		}
		pid := r.spawn("a", protocols.Protocol{Name: "z"})
		r.join("x")
		r.system.Root.Send(pid, messages.Open{Ticket: 1, Peer: r.id("x")})
		r.run(time.Second)
		Expect(r.snapshot("x").Views["z"].In.Count(r.id("a"))).To(Equal(1))
		for _, name := range []string{"a", "x"} {
			s := r.snapshot(name).Counters
			Expect(s["violations"] + s["connections_violated"]).To(BeZero())
		}
	})

	When("the transport panics", func() {
		BeforeEach(func() {
			world := r.world("x")
			world.Transport = broken{world.Transport}
			r.startIn("x", world, quick())
			r.join("x")
		})
		AfterEach(func() { Expect(r.alive("x")).To(BeFalse()) })

		It("fails what waits for it, and the peer goes on and leaves", func() {
			Expect(code(r.open("x", "a"))).To(Equal(messages.ErrClosed))
			Expect(r.open("a", "x")).NotTo(BeAssignableToTypeOf(messages.ArcOpened{}))
			r.run(time.Minute)
			s := r.snapshot("x")
			Expect(s.Counters["connection_panics"]).To(Equal(2.0))
			Expect(s.Pending).To(BeEmpty())
			for _, held := range s.Held {
				Expect(held).To(BeZero())
			}
			r.leave("x")
		})

		It("does not keep the peer from crashing", func() {
			r.open("x", "a")
			r.peers["x"].Crash()
			r.run(time.Second)
		})
	})
})
