//go:build !js

package actors_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// What overlays of this kind got wrong before.
var _ = Describe("an overlay", func() {
	var r *room
	BeforeEach(func() {
		r = newRoom("a", "b", "c")
		r.join("a", "b", "c")
	})
	open := func(from, to string) messages.Ticket {
		return r.ask(from, func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(to)} })
	}
	nothingHeld := func(names ...string) {
		GinkgoHelper()
		for _, name := range names {
			for what, n := range r.snapshot(name).Held {
				Expect(n).To(BeZero(), "%s of %s", what, name)
			}
		}
	}

	It("settles a connect to a peer that never answers, and frees the attempt", func() {
		r.silent[r.id("b")] = true
		t := open("a", "b")
		r.run(10 * time.Second)
		Expect(code(r.outcome("a", t))).To(Equal(messages.ErrTimeout))
		nothingHeld("a")
		for _, c := range r.conns {
			if c.transport.self == r.id("a") {
				Expect(c.closed).To(BeTrue())
			}
		}
	})

	It("tells a failed connection from one that succeeded", func() {
		r.peers["b"].room.events = func(any) {} // hears of no offer
		t := open("a", "b")
		r.run(time.Minute)
		Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.Failed{}))
		Expect(r.views("a")).To(Equal("out in"))
	})

	It("counts two parallel opens as two arcs on one connection", func() {
		first, second := open("a", "b"), open("a", "b")
		r.run(time.Second)
		Expect(r.outcome("a", first)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome("a", second)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.views("a")).To(Equal("out b:2 in"))
		Expect(r.views("b")).To(Equal("out in a:2"))
		Expect(r.conns).To(HaveLen(2), "one connection, two ends")
	})

	It("uses one connection for both directions and all protocols", func() {
		p := protocols.Protocol{Name: "p"}
		r.spawn("b", p)
		pid := r.spawn("a", p)
		t, u := open("a", "b"), open("b", "a")
		r.system.Root.Send(pid, messages.Open{Ticket: 1, Peer: r.id("b")})
		r.run(time.Second)
		Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome("b", u)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.snapshot("a").Views["p"].Out.Count(r.id("b"))).To(Equal(1))
		Expect(r.frames["Hello"]).To(Equal(2))
	})

	It("refuses a connection to itself", func() {
		Expect(code(r.open("a", "a"))).To(Equal(messages.ErrSelf))
		Expect(code(r.introduce("a", "b", "b"))).To(Equal(messages.ErrSelf))
		Expect(r.conns).To(BeEmpty())
	})

	It("settles an introduction of a peer that is no neighbour", func() {
		r.open("a", "b")
		Expect(code(r.introduce("a", "c", "b"))).To(Equal(messages.ErrNotNeighbor))
		Expect(code(r.introduce("a", "b", "c"))).To(Equal(messages.ErrNotNeighbor))
	})

	It("tells the introducer when the introduction failed", func() {
		r.open("b", "a")
		r.open("b", "c")
		Expect(r.peers["c"].Remove(context.Background(), "lab")).To(Succeed())
		t := r.ask("b", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("a"), To: r.id("c")} })
		r.run(time.Second)
		Expect(code(r.outcome("b", t))).To(Equal(messages.ErrNoProtocol))
		nothingHeld("a", "b", "c")
	})

	It("keeps nothing of a job that timed out, and counts the late answer", func() {
		r.open("b", "a")
		r.open("b", "c")
		r.latency = 4 * time.Second // too long for what an introduction takes
		t := r.ask("b", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("a"), To: r.id("c")} })
		r.run(10 * time.Second)
		Expect(code(r.outcome("b", t))).To(Equal(messages.ErrTimeout))
		nothingHeld("b")
		r.run(time.Minute)
		Expect(r.snapshot("b").Counters["outcomes_late"]).To(Equal(1.0))
		r.agree("a", "c")
		nothingHeld("a", "b", "c")
	})

	It("takes what a peer sends for a message, whatever it says", func() {
		r.open("a", "b")
		r.peers["b"].lastly()
		for _, name := range []string{"lock", "crash_out", "n2n", "close"} {
			r.do("a", func(t messages.Ticket) any {
				return messages.Send{Ticket: t, To: r.id("b"), Message: wrapperspb.Bytes([]byte(name))}
			})
		}
		Expect(r.peers["b"].lastly()).To(HaveEach(HaveField("From", r.id("a"))))
		Expect(r.views("b")).To(Equal("out in a:1"))
	})

	It("does not fail when arcs are closed while their connection is lost", func() {
		r.open("a", "b")
		t := r.ask("a", func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("b")} })
		r.conn("b", "a").Close(false)
		u := r.ask("a", func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("b")} })
		r.run(time.Second)
		Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.ArcClosed{}))
		Expect(code(r.outcome("a", u))).To(Equal(messages.ErrNoArc))
		r.agree("a", "b")
	})

	It("enters again after it lost the signaling service", func() {
		r.peers["a"].room.Leave()
		r.run(time.Second)
		_, err := r.peers["a"].Join(context.Background(), "room")
		Expect(err).NotTo(HaveOccurred())
		Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
	})

	It("outlives a target that left before the offer came", func() {
		t := open("a", "b")
		r.peers["b"].BeginLeave()
		r.run(time.Second)
		Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.Failed{}))
		Expect(r.open("a", "c")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
	})

	It("delivers what was sent in the order it was sent", func() {
		r.open("a", "b")
		r.peers["b"].lastly()
		for i := range 20 {
			r.ask("a", func(t messages.Ticket) any {
				return messages.Send{Ticket: t, To: r.id("b"), Message: wrapperspb.Bytes([]byte{byte(i)})}
			})
		}
		r.run(time.Second)
		var got []byte
		for _, e := range r.peers["b"].lastly() {
			got = append(got, e.(messages.Received).Message.(*wrapperspb.BytesValue).GetValue()...)
		}
		Expect(got).To(HaveLen(20))
		for i, b := range got {
			Expect(b).To(Equal(byte(i)))
		}
	})

	It("tells each protocol of a connection that another one still uses", func() {
		p := protocols.Protocol{Name: "p"}
		r.spawn("b", p)
		pid := r.spawn("a", p)
		var events []any
		r.peers["a"].Subscribe("p", func(e any) { events = append(events, e) })
		r.open("a", "b")
		r.system.Root.Send(pid, messages.Open{Ticket: 1, Peer: r.id("b")})
		r.run(time.Second)
		events = nil
		Expect(r.do("b", func(t messages.Ticket) any { return messages.Drop{Ticket: t, Peer: r.id("a")} })).To(BeAssignableToTypeOf(messages.ArcClosed{}))
		Expect(events).To(BeEmpty())
		Expect(r.peers["a"].lastly()).To(ContainElement(messages.ArcClosed{Peer: r.id("b"), Dir: messages.Out, Cause: messages.CauseDropped}))
		r.peers["b"].Crash()
		r.run(time.Second)
		Expect(events).To(HaveExactElements(
			messages.PeerDown{Peer: r.id("b"), Out: 1, Cause: messages.CauseCrashed},
			messages.ArcClosed{Peer: r.id("b"), Dir: messages.Out, Cause: messages.CauseCrashed},
		))
	})

	It("tells the other end when the last arc is gone", func() {
		r.open("a", "b")
		r.peers["b"].lastly()
		r.do("a", func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("b")} })
		Expect(r.peers["b"].lastly()).To(Equal([]any{messages.ArcClosed{Peer: r.id("a"), Dir: messages.In, Cause: messages.CauseClosed}}))
		r.run(5 * time.Second)
		Expect(r.snapshot("b").Lingering).To(BeEmpty())
	})
})
