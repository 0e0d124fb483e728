//go:build !js

package actors_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("an attempt whose relay goes away", func() {
	var r *room

	// build lets peers connect as pairs say, and leave the service.
	build := func(pairs ...[2]string) {
		for _, pair := range pairs {
			for _, name := range pair {
				if r.peers[name] == nil {
					r.start(name)
					r.join(name)
				}
			}
			Expect(r.open(pair[0], pair[1])).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		}
		for _, m := range r.peers {
			m.room.Leave()
		}
		r.run(time.Second / 10)
		clear(r.frames)
		r.latency = 20 * time.Millisecond
	}
	openVia := func(a, c string, via ...string) messages.Ticket {
		return r.ask(a, func(t messages.Ticket) any {
			o := messages.Open{Ticket: t, Peer: r.id(c)}
			for _, v := range via {
				o.Via = append(o.Via, r.id(v))
			}
			return o
		})
	}
	signals := func(n int) { r.until(func() bool { return r.frames["Signal"] == n }) }
	atRest := func(name string) {
		GinkgoHelper()
		r.run(time.Minute)
		for what, n := range r.snapshot(name).Held {
			Expect(n).To(BeZero(), what)
		}
	}

	BeforeEach(func() { r = newRoom() })

	It("goes through another neighbour of both when the introducer leaves", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		r.ask("b", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("a"), To: r.id("c")} })
		signals(1)
		r.peers["b"].BeginLeave()
		r.run(2 * time.Second)
		Expect(r.peers["a"].events).To(ContainElement(messages.ArcOpened{Peer: r.id("c"), Dir: messages.Out, Via: r.id("b")}))
		Expect(r.peers["c"].events).To(ContainElement(messages.ArcOpened{Peer: r.id("a"), Dir: messages.In, Via: r.id("d")}))
		Expect(r.snapshot("a").Counters["retries"]).To(Equal(1.0))
		atRest("a")
		atRest("c")
	})

	It("goes through another neighbour when the connection to the relay breaks", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		t := openVia("a", "c", "b")
		signals(1)
		r.conn("a", "b").Close(false)
		r.run(2 * time.Second)
		Expect(r.outcome("a", t)).To(Equal(messages.ArcOpened{Ticket: t, Peer: r.id("c"), Dir: messages.Out, Via: r.id("d")}))
		r.agree("a", "c")
		atRest("a")
	})

	It("goes another way when a relay farther on is gone", func() {
		build([2]string{"a", "b"}, [2]string{"b", "e"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		t := openVia("a", "c", "e", "b") // e is nobody's neighbour but b's
		Expect(r.snapshot("a").Held["opens"]).To(BeZero())
		Expect(code(r.outcome("a", t))).To(Equal(messages.ErrNotNeighbor))
		r.leave("e")
		t = openVia("a", "c", "b", "e")
		r.run(2 * time.Second)
		Expect(r.outcome("a", t)).To(Equal(messages.ArcOpened{Ticket: t, Peer: r.id("c"), Dir: messages.Out, Via: r.id("d")}))
	})

	It("goes through the service when a protocol of its own asked, not when it was introduced", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"})
		r.join("a", "c")
		t := openVia("a", "c", "b")
		signals(1)
		r.conn("a", "b").Close(false)
		r.run(2 * time.Second)
		Expect(r.outcome("a", t)).To(Equal(messages.ArcOpened{Ticket: t, Peer: r.id("c"), Dir: messages.Out}))

		r = newRoom()
		build([2]string{"a", "b"}, [2]string{"b", "c"})
		r.join("a", "c")
		r.ask("b", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("a"), To: r.id("c")} })
		signals(1)
		r.conn("a", "b").Close(false)
		r.run(2 * time.Second)
		Expect(r.views("a")).To(Equal("out in"))
		Expect(r.snapshot("a").Counters["dials"]).To(Equal(2.0))
		atRest("a")
	})

	It("goes on to a neighbour when the service does not know the peer", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		r.join("a")
		t := openVia("a", "c", "b")
		signals(1)
		r.conn("a", "b").Close(false)
		r.run(2 * time.Second)
		Expect(r.outcome("a", t)).To(Equal(messages.ArcOpened{Ticket: t, Peer: r.id("c"), Dir: messages.Out, Via: r.id("d")}))
		Expect(r.snapshot("a").Counters["retries"]).To(Equal(2.0))
	})

	It("waits for the next try though a forged offer comes to nothing meanwhile", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		t := openVia("a", "c", "b")
		signals(1)
		r.conn("a", "b").Close(false)
		r.inject("d", "a", protocols.Ordered, control(&messages.Signal{
			Job: 9, From: r.id("c").Bytes(), To: r.id("a").Bytes(), Route: [][]byte{r.id("d").Bytes()},
			Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "forged", Protocol: "lab", Incarnation: 3}},
		}))
		r.run(2 * time.Second)
		Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.snapshot("a").Counters["dials"]).To(Equal(4.0))
		atRest("a")
	})

	It("asks so many others and no more, each after a longer wait", func() {
		pairs := [][2]string{{"a", "b"}, {"b", "c"}}
		for i := range 6 {
			pairs = append(pairs, [2]string{"a", fmt.Sprint("e", i)})
		}
		build(pairs...)
		t := openVia("a", "c", "b")
		signals(1)
		r.conn("a", "b").Close(false)
		var tries []time.Time
		r.intercept = func(c *memoryConn, m proto.Message, frame []byte) []byte {
			if _, ok := m.(*messages.Signal); ok && c.transport.self == r.id("a") {
				tries = append(tries, r.now)
			}
			return frame
		}
		r.until(func() bool { return r.outcome("a", t) != nil })
		Expect(code(r.outcome("a", t))).To(Equal(messages.ErrNotNeighbor))
		Expect(r.snapshot("a").Counters["retries"]).To(Equal(3.0))
		Expect(tries).To(HaveLen(3))
		Expect(tries[2].Sub(tries[1])).To(And(BeNumerically(">=", 400*time.Millisecond), BeNumerically("<=", 1300*time.Millisecond)))
		asked := 0.0
		for i := range 6 {
			asked += r.snapshot(fmt.Sprint("e", i)).Counters["signals_refused"]
		}
		Expect(asked).To(Equal(3.0), "each of them once")
		atRest("a")
	})

	It("fails at once where there is no other way", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"})
		t := openVia("a", "c", "b")
		signals(1)
		r.conn("a", "b").Close(false)
		r.run(0)
		Expect(code(r.outcome("a", t))).To(Equal(messages.ErrNotNeighbor))
		atRest("a")
	})

	It("ends at the deadline of the request, wherever it is", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		t := openVia("a", "c", "b")
		signals(1)
		r.run(9800 * time.Millisecond) // b is slow; the wait for another try goes beyond the deadline
		Expect(r.frames["Signal"]).To(BeNumerically(">", 1))
		Expect(r.outcome("a", t)).NotTo(BeNil())

		hasty := quick()
		hasty.RequestTimeout = 150 * time.Millisecond
		hasty.RetryWait = 400 * time.Millisecond
		r.startIn("x", r.world("x"), hasty)
		r.latency = time.Millisecond
		r.join("x", "b", "d")
		r.open("x", "b")
		r.open("x", "d")
		r.latency = 20 * time.Millisecond
		r.peers["x"].room.Leave()
		r.run(time.Second / 10)
		t = openVia("x", "c", "b")
		r.run(time.Millisecond)
		r.conn("x", "b").Close(false)
		r.run(148 * time.Millisecond)
		Expect(r.outcome("x", t)).To(BeNil())
		r.run(time.Millisecond)
		Expect(code(r.outcome("x", t))).To(Equal(messages.ErrTimeout))
		dials := r.snapshot("x").Counters["dials"]
		atRest("x")
		Expect(r.snapshot("x").Counters["dials"]).To(Equal(dials))
	})

	It("serves requests that come during the wait, and takes the peer's own offer", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		t := openVia("a", "c", "b")
		signals(1)
		r.conn("a", "b").Close(false)
		r.run(time.Millisecond)
		second := openVia("a", "c", "b")
		theirs := openVia("c", "a", "d")
		r.run(2 * time.Second)
		Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome("a", second)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome("c", theirs)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.snapshot("a").Counters["retries"]).To(BeZero())
		Expect(r.snapshot("a").Views["lab"].Out.Count(r.id("c"))).To(Equal(2))
		r.agree("a", "c")
		atRest("a")
	})

	It("is given up by who answered in time for a request that waits for it", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"})
		r.join("a", "c")
		r.ask("b", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("a"), To: r.id("c")} })
		r.until(func() bool { return len(r.snapshot("c").Pending) == 1 })
		r.peers["b"].Crash() // the answer is lost
		t := r.ask("c", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("a")} })
		r.run(6 * time.Second)
		Expect(r.outcome("c", t)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		r.agree("a", "c")
		atRest("a")
		atRest("c")
	})

	It("needs it no more once the answer has come", func() {
		build([2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"a", "d"}, [2]string{"d", "c"})
		t := openVia("a", "c", "b")
		signals(4)
		r.run(21 * time.Millisecond)
		r.conn("a", "b").Close(false)
		r.run(time.Second)
		Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.snapshot("a").Counters["retries"]).To(BeZero())
	})
})

var _ = Describe("a newcomer", func() {
	var r *room
	BeforeEach(func() { r = newRoom("a") })

	// ghost is a member that the service still names and that is gone.
	ghost := func(n int) *memoryRoom {
		g := &memoryRoom{memory: r.memory, self: stranger(n), room: "room", events: func(any) {}}
		r.rooms["room"] = append(r.rooms["room"], g)
		return g
	}
	contacts := func(n int) any {
		t := r.ask("a", func(t messages.Ticket) any { return messages.ContactsOf{Ticket: t, N: n} })
		r.run(15 * time.Second)
		return r.outcome("a", t)
	}
	dial := func(peer messages.PeerID) {
		GinkgoHelper()
		t := r.ask("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: peer} })
		r.run(10 * time.Second)
		Expect(code(r.outcome("a", t))).To(Equal(messages.ErrTimeout))
	}
	named := func(peers ...messages.PeerID) any {
		return messages.Contacts{Ticket: r.peers["a"].tickets, Peers: peers}
	}

	It("is named another contact when the first is dead", func() {
		ghost(1)
		r.start("b")
		r.join("b", "a")
		Expect(contacts(1)).To(Equal(named(stranger(1))))
		dial(stranger(1))
		Expect(contacts(1)).To(Equal(named(r.id("b"))))
		Expect(contacts(2)).To(Equal(named(r.id("b"))))
	})

	It("asks again a few times when nobody but dead contacts is named", func() {
		ghost(1)
		ghost(2)
		r.join("a")
		dial(stranger(1))
		dial(stranger(2))
		before := r.peers["a"].room.asked
		Expect(contacts(1)).To(Equal(named(stranger(1))), "rather than nobody")
		Expect(r.peers["a"].room.asked - before).To(Equal(4))
	})

	It("finds who comes while it asks again", func() {
		ghost(1)
		r.join("a")
		dial(stranger(1))
		r.start("b")
		t := r.ask("a", func(t messages.Ticket) any { return messages.ContactsOf{Ticket: t, N: 1} })
		r.run(50 * time.Millisecond)
		r.join("b")
		r.run(time.Second)
		Expect(r.outcome("a", t)).To(Equal(named(r.id("b"))))
	})

	It("hears at its deadline when the service falls silent meanwhile", func() {
		ghost(1)
		r.join("a")
		dial(stranger(1))
		t := r.ask("a", func(t messages.Ticket) any { return messages.ContactsOf{Ticket: t, N: 1} })
		r.run(50 * time.Millisecond)
		r.peers["a"].room.events = func(any) {}
		r.run(10*time.Second - 51*time.Millisecond)
		Expect(r.outcome("a", t)).To(BeNil())
		r.run(time.Millisecond)
		Expect(code(r.outcome("a", t))).To(Equal(messages.ErrTimeout))
	})

	It("trusts a contact again after a minute", func() {
		ghost(1)
		r.start("b")
		r.join("b", "a")
		dial(stranger(1))
		r.run(time.Minute)
		Expect(contacts(1)).To(Equal(named(stranger(1))))
	})
})
