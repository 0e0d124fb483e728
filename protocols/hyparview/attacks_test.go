//go:build !js

package hyparview_test

import (
	"fmt"
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// many makes n nodes of peers that do not exist.
func many(n, from int) (list []*hyparview.Node) {
	for i := range n {
		list = append(list, &hyparview.Node{Peer: peer(from + i).Bytes()})
	}
	return list
}

var _ = Describe("Attacks", func() {
	It("neighbor flood: a peer that asks over and over costs one neighbour its place, once in a period", func() {
		p := with(func(c *hyparview.Config) { c.Active = 3 }, "b", "c", "d")
		for range 100 {
			arrive(p, "e", neighbor(true))
			answer(p, messages.OpClose)
			answer(p, messages.OpOpen)
			answer(p, messages.OpDrop)
			p.Receive("e", disconnect(false))
			answer(p, messages.OpClose)
			if p.View().In.Count(protocoltest.Peer("e")) > 0 {
				gone(p, "e")
			}
		}
		Expect(p.Metrics["displaced"]).To(Equal(1.0))
	})

	It("neighbor flood of many: no more than MaxJoins in a period take a place", func() {
		p := with(func(c *hyparview.Config) { c.Active, c.MaxJoins = 3, 4 }, "b", "c", "d")
		for i := range 50 {
			arrive(p, string(protocoltest.Name(peer(i))), neighbor(true))
			answer(p, messages.OpClose)
			answer(p, messages.OpOpen)
		}
		Expect(p.Metrics["displaced"]).To(Equal(4.0))
		Expect(p.Metrics["requests_refused"]).To(Equal(46.0))
	})

	It("join flood: a newcomer's walks begin once in a period", func() {
		p := with(nil, "b", "c")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("n"), Dir: messages.In})
		for range 100 {
			p.Receive("n", joins)
		}
		p.Succeed(messages.OpOpen, "n")
		for range 100 {
			p.Receive("n", joins)
		}
		Expect(p.Sent).To(HaveLen(2))
		Expect(p.Metrics["joins_served"]).To(Equal(1.0))
	})

	It("request from a stranger: who holds no arc to us gets none", func() {
		p := with(nil, "b")
		p.Receive("z", joins)
		p.Receive("z", neighbor(true))
		p.Receive("z", forwardJoin("n", 0))
		p.Receive("z", shuffle(1, "z", 1, nil, nodes("n")...))
		p.Receive("z", disconnect(true, nodes("n")...))
		Expect(p.Sent).To(BeEmpty())
		Expect(p.Pending()).To(BeEmpty())
		Expect(known(p)).To(Equal([]string{"b"}))
		Expect(p.Metrics["ignored"]).To(Equal(5.0))
	})

	It("arcs without a request: they are dropped, and no more than so many wait", func() {
		p := with(nil, "b")
		for i := range 1000 {
			p.Deliver(messages.ArcOpened{Peer: peer(i), Dir: messages.In})
		}
		Expect(pending(p, messages.OpDrop)).To(Equal(1000 - 256))
		p.Advance(6 * time.Second)
		Expect(pending(p, messages.OpDrop)).To(Equal(1000))
	})

	It("arcs opened again and again: the wait for a request does not begin anew", func() {
		p := with(nil, "b")
		for range 10 {
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("z"), Dir: messages.In})
			p.Advance(time.Second)
		}
		Expect(pending(p, messages.OpDrop)).To(BeNumerically(">", 0))
	})

	It("arcs that stay after a disconnect: they are dropped", func() {
		p := with(nil, "b", "c")
		p.Receive("b", disconnect(false))
		p.Succeed(messages.OpClose, "b")
		p.Advance(6 * time.Second)
		p.Succeed(messages.OpDrop, "b")
		Expect(active(p)).To(Equal([]string{"c"}))
	})

	It("our arc is dropped while the other's stays: the link ends on both sides", func() {
		p := with(nil, "b", "c")
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("b"), Dir: messages.Out, Cause: messages.CauseDropped})
		p.Advance(6 * time.Second)
		p.Succeed(messages.OpDrop, "b")
		Expect(active(p)).To(Equal([]string{"c"}))
	})

	It("newcomers that do not exist: no neighbour gives way to them, and few are opened to at a time", func() {
		p := with(func(c *hyparview.Config) { c.Active = 3 }, "b", "c", "d")
		for i := range 200 {
			p.Receive("b", forwardJoin(protocoltest.Name(peer(i)), 0))
		}
		Expect(pending(p, messages.OpOpen)).To(Equal(16))
		for _, r := range p.Pending() {
			p.Fail(r.Op, protocoltest.Name(r.Peer), messages.ErrTimeout) // along the route
			p.Fail(r.Op, protocoltest.Name(r.Peer), messages.ErrUnknownPeer)
		}
		Expect(active(p)).To(Equal([]string{"b", "c", "d"}))
	})

	It("walk flood: so many of a neighbour are passed on in a period", func() {
		p := with(nil, "b", "c")
		for i := range 1000 {
			p.Receive("b", forwardJoin(protocoltest.Name(peer(i)), 5))
			p.Receive("b", shuffle(uint64(i+1), "z", 5, nil))
			p.Receive("b", reply(uint64(i+1), "c", "z", nil, nil))
		}
		Expect(p.Sent).To(HaveLen(256))
		p.Sent = nil
		p.Receive("c", forwardJoin("n", 5))
		Expect(p.Sent).To(HaveLen(1), "those of others still are")
	})

	It("forged path: a route has no circles, at most 8 relays, and neither end among them", func() {
		p := with(nil, "b")
		p.Receive("b", forwardJoin("n", 0, "x", "y", "x", "a", "n", "z", "z", "b"))
		Expect(p.Transcript()).To(ContainSubstring("open n via b,z #"))
		p.Receive("b", forwardJoin("m", 0, "1", "2", "3", "4", "5", "6", "7", "8"))
		Expect(p.Transcript()).To(ContainSubstring("open m #"), "9 relays: by the rendezvous")
	})

	It("forged ttl: a walk of more than 8 hops is ignored", func() {
		p := with(nil, "b", "c")
		for _, m := range []*hyparview.Message{
			forwardJoin("n", 9), forwardJoin("n", 7, "x", "y"), forwardJoin("n", math.MaxUint32),
			shuffle(1, "z", 9, nil), shuffle(1, "z", 8, []string{"x"}), shuffle(1, "z", math.MaxUint32, nil), shuffle(1, "z", 0, nil),
			reply(1, "c", "z", []string{"1", "2", "3", "4", "5"}, []string{"6", "7", "8", "9"}),
		} {
			p.Receive("b", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(8.0))
		Expect(p.Sent).To(BeEmpty())
	})

	It("shuffle of a thousand: it is ignored, as is a reply of more than was offered", func() {
		p := with(nil, "b", "c")
		p.Receive("b", shuffle(1, "b", 1, nil, many(1000, 0)...))
		Expect(known(p)).To(ConsistOf("b", "c"))
		to, m := sentShuffle(p)
		p.Receive(to, reply(m.GetId(), "a", "z", nil, nil, many(len(m.GetNodes())+1, 0)...))
		Expect(known(p)).To(ConsistOf("b", "c"))
	})

	It("shuffle poisoning: the passive view does not grow, and the active one stays", func() {
		p := with(func(c *hyparview.Config) { c.Active, c.Passive = 2, 10 }, "b", "c")
		for i := range 200 {
			p.Receive("b", shuffle(uint64(i+1), "z", 1, nil, many(60, 100*i)...))
		}
		Expect(known(p)).To(HaveLen(12))
		Expect(active(p)).To(Equal([]string{"b", "c"}))
	})

	It("views that name us: we are not among those we know", func() {
		p := with(nil, "b", "c")
		p.Receive("b", shuffle(1, "z", 1, []string{"a"}, nodes("a", "b", "c", "d", "d")...))
		p.Receive("b", forwardJoin("a", 0))
		p.Receive("b", forwardJoin("b", 0))
		p.Receive("b", shuffle(1, "a", 1, nil, nodes("e")...))
		Expect(known(p)).To(ConsistOf("b", "c", "d"))
	})

	It("stale, foreign or repeated shuffle reply: it changes nothing", func() {
		p := with(nil, "b", "c")
		to, m := sentShuffle(p)
		p.Receive(to, reply(m.GetId()+1, "a", "z", nil, nil, nodes("d")...))
		p.Receive(to, reply(m.GetId(), "a", "z", nil, nil, nodes("e")...))
		p.Receive(to, reply(m.GetId(), "a", "z", nil, nil, nodes("f")...))
		Expect(known(p)).To(ConsistOf("b", "c", "e"))
	})

	It("reply from our own: it goes round in no circle", func() {
		p := with(nil, "b", "c")
		p.Receive("b", reply(1, "z", "a", []string{"b", "a", "b"}, nil))
		Expect(p.Sent).To(BeEmpty())
	})

	It("peers that all refuse: a period asks few, and ends", func() {
		p := with(func(c *hyparview.Config) { c.Active = 3 }, "b")
		p.Quiet = true
		p.Receive("b", shuffle(1, "z", 1, nil, many(30, 0)...))
		p.Advance(20 * time.Second)
		before, sent := p.Metrics["refusals"], len(p.Sent)
		for range 10 {
			for pending(p, messages.OpOpen) > 0 {
				for _, r := range p.Pending() {
					p.Succeed(messages.OpOpen, protocoltest.Name(r.Peer))
					p.Deliver(messages.ArcClosed{Peer: r.Peer, Dir: messages.Out, Cause: messages.CauseDropped})
				}
			}
			p.Advance(10 * time.Second)
		}
		Expect(p.Metrics["refusals"] - before).To(And(BeNumerically(">=", 30), BeNumerically("<=", 5*12)))
		Expect(len(p.Sent)-sent).To(BeNumerically(">", 9), "shuffles go on")
	})

	It("links that come and go: others are asked when one is lost", func() {
		p := with(func(c *hyparview.Config) { c.Active = 3 }, "b", "c")
		for i := range 200 {
			from := fmt.Sprint("z", i)
			arrive(p, from, neighbor(false))
			p.Succeed(messages.OpOpen, from)
			p.Receive(from, disconnect(false))
			p.Succeed(messages.OpClose, from)
			gone(p, from)
			for _, r := range p.Pending() { // other invented peers, in the passive view
				p.Fail(r.Op, protocoltest.Name(r.Peer), messages.ErrUnknownPeer)
			}
		}
		p.Receive("b", shuffle(1, "y", 1, nil, many(20, 0)...))
		p.Down("c", messages.CauseCrashed)
		p.Advance(15 * time.Second)
		Expect(pending(p, messages.OpOpen)).To(Equal(2))
	})

	It("contradictory messages: disconnect twice, a request of a neighbour, a second arc", func() {
		p := with(nil, "b", "c")
		p.Receive("b", disconnect(false))
		p.Receive("b", disconnect(false))
		p.Receive("c", neighbor(true))
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("c"), Dir: messages.In})
		gone(p, "c")
		Expect(active(p)).To(ContainElement("c"))
		Expect(p.Metrics["ignored"]).To(Equal(2.0))
		Expect(pending(p, messages.OpClose)).To(Equal(1))
	})

	It("arcs that a service opens behind the protocol's back: they are closed", func() {
		p := with(nil, "b")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("z"), Dir: messages.Out, Ticket: 1 << 63})
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("b"), Dir: messages.Out, Ticket: 1<<63 | 1})
		answer(p, messages.OpClose)
		Expect(active(p)).To(Equal([]string{"b"}))
		Expect(p.View().Out.Len()).To(Equal(1))
	})

	It("garbage: it is counted and changes nothing", func() {
		p := with(nil, "b")
		short, long := []byte("short"), make([][]byte, 9)
		for i := range long {
			long[i] = peer(i).Bytes()
		}
		garbage := []*hyparview.Message{
			{},
			{Body: &hyparview.Message_ForwardJoin{}},
			{Body: &hyparview.Message_ForwardJoin{ForwardJoin: &hyparview.ForwardJoin{Newcomer: short}}},
			{Body: &hyparview.Message_ForwardJoin{ForwardJoin: &hyparview.ForwardJoin{Newcomer: peer(1).Bytes(), Path: [][]byte{short}}}},
			{Body: &hyparview.Message_ForwardJoin{ForwardJoin: &hyparview.ForwardJoin{Newcomer: peer(1).Bytes(), Path: long}}},
			{Body: &hyparview.Message_Shuffle{}},
			{Body: &hyparview.Message_ShuffleReply{}},
			shuffle(0, "z", 1, nil), reply(0, "a", "z", nil, nil),
			shuffle(1, "z", 1, nil, &hyparview.Node{}),
			shuffle(1, "z", 1, nil, &hyparview.Node{Peer: peer(1).Bytes(), Route: long}),
			shuffle(1, "b", 1, []string{"x"}, nodes("n")...), // the sender is the origin, and is not in the path
			reply(1, "a", "b", nil, []string{"x"}, nodes("n")...),
			disconnect(true, many(65, 0)...),
		}
		for _, m := range garbage {
			p.Receive("b", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(float64(len(garbage))))
		Expect(known(p)).To(Equal([]string{"b"}))
		Expect(p.Sent).To(BeEmpty())
	})
})

var _ = DescribeTable("A configuration that is refused",
	func(change func(*hyparview.Config), rule string) {
		c := hyparview.DefaultConfig()
		change(&c)
		_, err := hyparview.New(c)
		Expect(err).To(MatchError("hyparview: " + rule))
	},
	Entry("Name", func(c *hyparview.Config) { c.Name = "A" }, `Name "A" must be 1 to 32 of [a-z0-9.-]`),
	Entry("Active", func(c *hyparview.Config) { c.Active = 1 }, "Active is 1, must be between 2 and 64"),
	Entry("Active, too many", func(c *hyparview.Config) { c.Active = 65 }, "Active is 65, must be between 2 and 64"),
	Entry("Passive", func(c *hyparview.Config) { c.Passive = 0 }, "Passive is 0, must be between 1 and 1024"),
	Entry("ARWL", func(c *hyparview.Config) { c.ARWL = 8 }, "ARWL is 8, must be between 1 and 7"),
	Entry("PRWL", func(c *hyparview.Config) { c.PRWL = 7 }, "PRWL is 7, must be between 0 and ARWL, 6"),
	Entry("ShuffleActive", func(c *hyparview.Config) { c.ShuffleActive = 64 }, "ShuffleActive is 64, must be between 0 and 63"),
	Entry("ShufflePassive", func(c *hyparview.Config) { c.ShufflePassive = -1 }, "ShufflePassive is -1, must be between 0 and 63 − ShuffleActive, 60"),
	Entry("both", func(c *hyparview.Config) { c.ShufflePassive = 61 }, "ShufflePassive is 61, must be between 0 and 63 − ShuffleActive, 60"),
	Entry("ShuffleTTL", func(c *hyparview.Config) { c.ShuffleTTL = 0 }, "ShuffleTTL is 0, must be between 1 and 8"),
	Entry("Period", func(c *hyparview.Config) { c.Period = 0 }, "Period is 0s, must be above 0 and at most 1000h0m0s"),
	Entry("Period, too long", func(c *hyparview.Config) { c.Period = 1001 * time.Hour }, "Period is 1001h0m0s, must be above 0 and at most 1000h0m0s"),
	Entry("Deadline", func(c *hyparview.Config) { c.Deadline = -1 }, fmt.Sprintf("Deadline is %v, must be above 0 and at most 1000h0m0s", time.Duration(-1))),
	Entry("MaxJoins", func(c *hyparview.Config) { c.MaxJoins = 0 }, "MaxJoins is 0, must be above 0"),
)
