//go:build !js

package actors_test

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// sorted returns the names in the order of their PeerIDs.
func (r *room) sorted(names ...string) []string {
	return slices.SortedFunc(slices.Values(names), func(a, b string) int { return r.id(a).Compare(r.id(b)) })
}

// until runs the world until something holds, at most a virtual minute.
func (r *room) until(holds func() bool) {
	GinkgoHelper()
	end := r.now.Add(time.Minute)
	for !holds() {
		Expect(r.step()).To(BeTrue(), "nothing is left to happen")
		Expect(r.now.Before(end)).To(BeTrue(), "it did not come to that")
	}
}

// lose lets no control message of a type arrive any more.
func (r *room) lose(lost messages.Control) {
	name := lost.ProtoReflect().Descriptor().Name()
	r.intercept = func(_ *memoryConn, m proto.Message, frame []byte) []byte {
		if m != nil && m.ProtoReflect().Descriptor().Name() == name {
			return nil
		}
		return frame
	}
}

var _ = Describe("an introduction", func() {
	var r *room

	When("we have proposed to close a connection that it needs", func() {
		var x, y, z string // in PeerID order: x is who proposes
		start := func() {
			names := r.sorted("a", "b", "c")
			x, y, z = names[0], names[1], names[2]
			r.join("a", "b", "c")
			r.open(x, y)
			r.open(x, z)
			r.do(x, func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id(z)} })
			r.latency = 50 * time.Millisecond
			r.until(func() bool { return r.frames["CloseProposal"] == 1 })
		}
		introduce := func() messages.Ticket {
			return r.ask(x, func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id(y), To: r.id(z)} })
		}
		invite := func() messages.Ticket {
			return r.ask(x, func(t messages.Ticket) any { return messages.Invite{Ticket: t, Peer: r.id(z)} })
		}
		AfterEach(func() {
			r.run(time.Minute)
			for t := range r.peers[x].tickets {
				r.outcome(x, t+1) // once at most
			}
			for what, n := range r.snapshot(x).Held {
				Expect(n).To(BeZero(), what)
			}
		})

		It("is of no matter to who offers through us at the same moment", func() {
			r = newRoom("a", "b", "c")
			start()
			for _, m := range r.peers {
				m.room.Leave()
			}
			t := r.ask(z, func(t messages.Ticket) any {
				return messages.Open{Ticket: t, Peer: r.id(y), Via: []messages.PeerID{r.id(x)}}
			})
			r.run(2 * time.Second)
			Expect(r.outcome(z, t)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
			Expect(r.snapshot(x).Counters["failed_open"]).To(BeZero())
		})

		It("goes on when the other side does not agree", func() {
			r = newRoom("a", "b", "c")
			start()
			r.ask(z, func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(x)} })
			introduced, invited := introduce(), invite()
			r.run(10 * time.Millisecond)
			Expect(r.frames["Introduction"]).To(BeZero())
			Expect(r.snapshot(x).Held["opens"]).To(Equal(2))
			r.run(time.Second)
			Expect(r.outcome(x, introduced)).To(BeAssignableToTypeOf(messages.Introduced{}))
			Expect(r.outcome(x, invited)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		})

		It("keeps its deadline when it goes on", func() {
			r = newRoom("a", "b", "c")
			start()
			r.lose(&messages.Introduction{})
			r.ask(z, func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(x)} })
			introduced := introduce()
			r.run(10*time.Second - time.Millisecond)
			Expect(r.outcome(x, introduced)).To(BeNil())
			Expect(r.snapshot(x).Held["jobs"]).To(Equal(1))
			r.run(time.Millisecond)
			Expect(code(r.outcome(x, introduced))).To(Equal(messages.ErrTimeout))
		})

		It("finds no neighbour when the other side agrees", func() {
			r = newRoom("a", "b", "c")
			start()
			introduced, invited := introduce(), invite()
			r.run(time.Second)
			Expect(code(r.outcome(x, introduced))).To(Equal(messages.ErrNotNeighbor))
			Expect(code(r.outcome(x, invited))).To(Equal(messages.ErrNotNeighbor))
			Expect(r.frames["Introduction"]).To(BeZero())
		})

		It("finds no neighbour when the connection breaks meanwhile", func() {
			r = newRoom("a", "b", "c")
			start()
			introduced := introduce()
			r.conn(x, z).Close(false)
			r.run(time.Second)
			Expect(code(r.outcome(x, introduced))).To(Equal(messages.ErrNotNeighbor))
		})

		It("ends at its deadline when there is no answer", func() {
			hasty := quick()
			hasty.RequestTimeout = 500 * time.Millisecond
			r = newRoom()
			for _, name := range []string{"a", "b", "c"} {
				r.startIn(name, r.world(name), hasty)
			}
			start()
			r.lose(&messages.CloseAnswer{})
			introduced := introduce()
			r.run(499 * time.Millisecond)
			Expect(r.outcome(x, introduced)).To(BeNil())
			r.run(time.Millisecond)
			Expect(code(r.outcome(x, introduced))).To(Equal(messages.ErrTimeout))
		})

		It("ends with its protocol, and with its peer", func() {
			r = newRoom("a", "b", "c")
			start()
			introduce()
			r.readd(x, atOnce)
			Expect(r.snapshot(x).Held["opens"]).To(BeZero())
			introduced := introduce()
			r.peers[x].BeginLeave()
			r.until(func() bool { return !r.alive(x) })
			Expect(r.outcome(x, introduced)).To(BeNil())
			r.start(x)
		})
	})

	It("holds its connection alone, not the one that comes after it", func() {
		r = newRoom("a", "b", "c")
		r.join("a", "b", "c")
		r.open("b", "a")
		r.open("b", "c")
		r.lose(&messages.Introduction{})
		ask := func() {
			r.ask("b", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("a"), To: r.id("c")} })
		}
		ask()
		r.run(time.Second)
		r.conn("b", "c").Close(false)
		r.run(time.Second)
		r.open("b", "c")
		r.do("b", func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("c")} })
		r.run(500 * time.Millisecond)
		ask()
		r.run(8 * time.Second)
		Expect(r.snapshot("b").Held["jobs"]).To(Equal(1), "the first has ended")
		Expect(r.snapshot("b").Held["holds"]).To(Equal(2))
		Expect(r.snapshot("b").Lingering).To(Equal([]messages.PeerID{r.id("c")}))
		r.run(time.Minute)
		Expect(r.snapshot("b").Held["holds"]).To(BeZero())
		Expect(r.snapshot("b").Lingering).To(BeEmpty())
	})
})
