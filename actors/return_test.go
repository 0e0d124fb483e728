//go:build !js

package actors_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("what comes back under its old name", func() {
	var r *room
	BeforeEach(func() {
		r = newRoom("a", "b")
		r.join("a", "b")
	})

	It("is a protocol that knows nothing of the arcs that were in flight to the one before", func() {
		r.open("b", "a")
		r.ask("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("b")} })
		r.run(0) // the Arcs are in flight
		Expect(r.snapshot("a").Views["lab"].Out.Count(r.id("b"))).To(Equal(1))
		r.readd("b", atOnce)
		r.run(time.Second)
		Expect(r.views("a")).To(Equal("out in"))
		Expect(r.views("b")).To(Equal("out in"))
		Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		r.agree("a", "b")
	})

	It("is a protocol whose arcs end and open again, at both ends", func() {
		r.open("a", "b")
		r.open("a", "b")
		r.open("b", "a")
		for _, who := range []string{"a", "b"} {
			r.readd(who, atOnce)
			r.run(time.Second / 2)
			Expect(r.views("a")).To(Equal("out in"))
			Expect(r.views("b")).To(Equal("out in"))
			Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
			Expect(r.open("b", "a")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
			r.agree("a", "b")
		}
	})

	DescribeTable("is a protocol that another's dial finds in place of the one before", func(who, other string) {
		p := protocols.Protocol{Name: "p"}
		r.spawn("b", p)
		r.system.Root.Send(r.spawn("a", p), messages.Open{Ticket: 1, Peer: r.id("b")})
		r.run(5 * time.Millisecond)
		Expect(r.snapshot("a").Held["attempts"]).To(Equal(1))
		Expect(r.snapshot("b").Held["attempts"]).To(Equal(1))
		r.readd(who, atOnce)
		r.run(time.Second)
		Expect(r.open(who, other)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.open(other, who)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.views(who)).To(Equal("out " + other + ":1 in " + other + ":1"))
		r.agree("a", "b")
	},
		Entry("where the offer is made", "a", "b"),
		Entry("where it is answered", "b", "a"),
	)

	It("is a peer that is answered while the attempt it died of is under way", func() {
		r.ask("b", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("a")} })
		r.run(3 * time.Millisecond) // a has made its answer
		r.peers["b"].Crash()
		r.run(time.Millisecond)
		Expect(r.alive("b")).To(BeFalse())
		Expect(r.snapshot("a").Pending).To(Equal([]messages.PeerID{r.id("b")}))
		r.start("b")
		r.join("b")
		Expect(r.snapshot("a").Pending).To(Equal([]messages.PeerID{r.id("b")}))
		Expect(r.open("b", "a")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		r.agree("a", "b")
		Expect(r.snapshot("a").Held["attempts"]).To(BeZero())
	})
})
