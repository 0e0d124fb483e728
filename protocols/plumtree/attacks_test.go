//go:build !js

package plumtree_test

import (
	"math"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

func ids(from, n int) (list []*plumtree.ID) {
	for i := range n {
		list = append(list, id("z", 9, uint64(from+i+1)))
	}
	return list
}

var _ = Describe("Attacks", func() {
	It("announcements of what never comes: no more than 1,024 of a neighbour are waited for, and the wait ends", func() {
		p := start(nil, "b", "c")
		for i := range 20 {
			p.Receive("b", iHave(1, ids(1000*i, 1000)...))
		}
		Expect(p.Metrics["announcements_ignored"]).To(Equal(20_000.0 - 1024))
		p.Receive("c", iHave(1, id("y", 1, 1)))
		Expect(p.Metrics["announcements_ignored"]).To(Equal(20_000.0-1024), "those of others still are")
		p.Advance(5 * time.Second)
		Expect(p.Metrics["missed"]).To(Equal(1025.0))
		Expect(take(p).grafted).To(HaveLen(1025))
		p.Advance(time.Minute)
		Expect(p.Sent).To(BeEmpty())
		p.Receive("b", iHave(1, ids(0, 1)...))
		p.Advance(2 * time.Second)
		Expect(take(p).grafted).To(Equal([]string{"b"}), "there is room again")
	})

	It("announced over and over: it is asked for once of each neighbour", func() {
		p := start(nil, "b", "c")
		for range 50 {
			p.Receive("b", iHave(1, id("z", 9, 1)))
			p.Receive("c", iHave(1, id("z", 9, 1)))
		}
		p.Advance(10 * time.Second)
		Expect(take(p).grafted).To(Equal([]string{"b", "c"}))
	})

	It("graft flood: a neighbour is sent a message on demand once", func() {
		p := start(nil, "b", "c")
		p.Receive("b", gossip(id("z", 9, 1), 1, "x"))
		take(p)
		for range 100 {
			p.Receive("c", graft(id("z", 9, 1)))
			p.Receive("c", graft(id("y", 1, 1)))
			p.Receive("c", graft(nil))
		}
		Expect(take(p).gossip).To(Equal([]string{"c"}))
		Expect(p.Metrics["not_sent"]).To(Equal(199.0))
	})

	It("prune, graft or announcement by one who is no neighbour: it changes nothing", func() {
		p := start(nil, "b")
		p.Receive("z", prune)
		p.Receive("z", graft(nil))
		p.Receive("z", graft(id("z", 9, 1)))
		p.Receive("z", iHave(1, id("z", 9, 1)))
		p.Advance(10 * time.Second)
		Expect(p.Sent).To(BeEmpty())
		Expect(p.Emitted).To(BeEmpty())
		Expect(p.Metrics["ignored"]).To(Equal(4.0))
	})

	It("message of one who is no neighbour: it is delivered, and not answered", func() {
		p := start(nil, "b")
		p.Receive("z", gossip(id("z", 9, 1), 1, "x"))
		p.Receive("z", gossip(id("z", 9, 1), 1, "x"))
		Expect(take(p)).To(Equal(sent{gossip: []string{"b"}}))
		Expect(delivered(p)).To(Equal(1))
	})

	It("everybody prunes: what is published is announced, and can be had", func() {
		p := start(nil, "b", "c")
		p.Receive("b", prune)
		p.Receive("c", prune)
		p.Deliver(publish("x"))
		p.Advance(time.Second)
		Expect(take(p)).To(Equal(sent{announced: []string{"b", "c"}}))
	})

	It("replay: what is older than the IDs that are remembered is not delivered again", func() {
		p := start(func(c *plumtree.Config) { c.Remember = 10 }, "b")
		for range 2 {
			for seq := range uint64(100) {
				p.Receive("b", gossip(id("z", 9, seq+1), 1, "x"))
			}
		}
		Expect(delivered(p)).To(Equal(100))
	})

	It("memory: what can be asked for is bounded in number and bytes", func() {
		p := start(func(c *plumtree.Config) { c.Keep, c.MaxPayload = 1000, 10 }, "b")
		for seq := range uint64(3000) {
			p.Receive("b", gossip(id("z", 9, seq+1), 1, "0123456789"))
		}
		p.Deliver(opened("c", messages.In), opened("c", messages.Out))
		p.Advance(time.Second)
		Expect(p.Sent).To(HaveLen(1))
		Expect(p.Sent[0].Message.(*plumtree.Message).GetIHave().GetAnnouncements()).To(HaveLen(100))

		p = start(nil, "b")
		for seq := range uint64(3000) {
			p.Receive("b", gossip(id("z", 9, seq+1), 1, ""))
		}
		p.Deliver(opened("c", messages.In), opened("c", messages.Out))
		p.Advance(time.Second)
		Expect(p.Metrics["announced"]).To(Equal(1024.0))
	})

	It("neighbour that takes nothing: the announcements for it are bounded", func() {
		p := start(nil, "b", "c")
		p.Deliver(messages.Congested{Peer: protocoltest.Peer("c")})
		for seq := range uint64(3000) {
			p.Receive("b", gossip(id("z", 9, seq+1), 1, ""))
		}
		p.Deliver(messages.Drained{Peer: protocoltest.Peer("c")})
		Expect(p.Sent).To(HaveLen(1))
		Expect(p.Sent[0].Message.(*plumtree.Message).GetIHave().GetAnnouncements()).To(HaveLen(1024))
		Expect(p.Metrics["not_announced"]).To(Equal(3000.0 - 1024))
	})

	It("arcs opened and closed over and over: they make no link, and wait once", func() {
		p := start(nil)
		for range 1000 {
			p.Deliver(opened("c", messages.In), closed("c", messages.In))
		}
		p.Deliver(opened("c", messages.In))
		p.Advance(990 * time.Millisecond)
		p.Deliver(closed("c", messages.In))
		p.Advance(time.Minute)
		Expect(p.Emitted).To(BeEmpty())
		Expect(strings.Count(p.Transcript(), "arcDue")).To(Equal(1))
	})

	It("hops that run over: they stay at the most", func() {
		p := start(near, "b", "c")
		p.Receive("c", iHave(math.MaxUint32, id("z", 9, 1)))
		p.Receive("b", gossip(id("z", 9, 1), math.MaxUint32, "x"))
		Expect(p.Sent[0].Message.(*plumtree.Message).GetGossip().GetHops()).To(Equal(uint32(math.MaxUint32)))
	})

	It("garbage: it is counted and changes nothing", func() {
		p := start(func(c *plumtree.Config) { c.MaxPayload = 4 }, "b", "c")
		garbage := []*plumtree.Message{
			{},
			gossip(nil, 1, "x"), gossip(id("z", 1, 0), 1, "x"), gossip(id("z", 1, 1), 0, "x"), gossip(id("z", 1, 1), 1, "12345"),
			gossip(&plumtree.ID{Origin: []byte("short"), Seq: 1}, 1, "x"),
			iHave(1, ids(0, 1025)...), iHave(0, id("z", 1, 1)), iHave(1, nil), iHave(1, id("z", 1, 0)),
			graft(&plumtree.ID{}), graft(id("z", 1, 0)),
		}
		for _, m := range garbage {
			p.Receive("b", m)
		}
		p.Advance(time.Minute)
		Expect(p.Metrics["ignored"]).To(Equal(float64(len(garbage))))
		Expect(p.Emitted).To(BeEmpty())
		Expect(p.Sent).To(BeEmpty())
	})
})

var _ = DescribeTable("A configuration that is refused",
	func(change func(*plumtree.Config), rule string) {
		c := plumtree.DefaultConfig()
		change(&c)
		_, err := plumtree.New(c)
		Expect(err).To(MatchError("plumtree: " + rule))
	},
	Entry("Name", func(c *plumtree.Config) { c.Name = "A" }, `Name "A" must be 1 to 32 of [a-z0-9.-]`),
	Entry("Over is itself", func(c *plumtree.Config) { c.Over = c.Name }, `Over "plumtree" must be the name of another protocol`),
	Entry("ArcDelay", func(c *plumtree.Config) { c.ArcDelay = -1 }, "ArcDelay is -1ns, must be between 0 and 1000h0m0s"),
	Entry("MaxPayload", func(c *plumtree.Config) { c.MaxPayload = 1 << 30 }, "MaxPayload is 1073741824, must be between 1 and 1048576"),
	Entry("Remember", func(c *plumtree.Config) { c.Remember = 0 }, "Remember is 0, must be above 0"),
	Entry("Keep", func(c *plumtree.Config) { c.Keep = 65535 }, "Keep is 65535, must be at least MaxPayload, 65536"),
	Entry("AnnounceDelay", func(c *plumtree.Config) { c.AnnounceDelay = -1 }, "AnnounceDelay is -1ns, must be between 0 and 1000h0m0s"),
	Entry("IHaveTimeout", func(c *plumtree.Config) { c.IHaveTimeout = 0 }, "IHaveTimeout is 0s, must be above 0 and at most 1000h0m0s"),
	Entry("GraftTimeout", func(c *plumtree.Config) { c.GraftTimeout = 0 }, "GraftTimeout is 0s, must be above 0 and at most 1000h0m0s"),
	Entry("GraftTimeout, too long", func(c *plumtree.Config) { c.GraftTimeout = math.MaxInt64 }, "GraftTimeout is 2562047h47m16.854775807s, must be above 0 and at most 1000h0m0s"),
	Entry("Window, too long", func(c *plumtree.Config) { c.Window = 1001 * time.Hour }, "Window is 1001h0m0s, must be at most 1000h0m0s"),
	Entry("Window", func(c *plumtree.Config) { c.Window = time.Second },
		"Window is 1s, must be at least AnnounceDelay + IHaveTimeout + GraftTimeout, 1.6s"),
	Entry("Threshold", func(c *plumtree.Config) { c.Threshold = -1 }, "Threshold is -1, must be at least 0"),
)
