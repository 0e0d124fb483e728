//go:build !js

package cyclon_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// small sets a view of 4 entries, of which 3 are exchanged.
func small(c *cyclon.Config) { c.View, c.Shuffle, c.Walk = 4, 3, 2 }

// with returns a peer m that holds arcs to the peers out and has arcs from the
// peers in.
func with(out, in []string) *protocoltest.Port {
	p := protocoltest.NewPort("m", protocol(small), 1)
	p.Deliver(messages.Started{})
	p.NameContacts()
	for _, peer := range in {
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.In})
	}
	for _, peer := range out {
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out})
	}
	return p
}

func entry(peer string, age uint32) *cyclon.Entry {
	return &cyclon.Entry{Peer: protocoltest.Peer(peer).Bytes(), Age: age}
}

func entries(peers ...string) (list []*cyclon.Entry) {
	for _, p := range peers {
		list = append(list, entry(p, 1))
	}
	return list
}

func request(exchange uint64, peers ...string) *cyclon.Message {
	return &cyclon.Message{Body: &cyclon.Message_ShuffleRequest{ShuffleRequest: &cyclon.ShuffleRequest{Exchange: exchange, Entries: entries(peers...)}}}
}

func reply(exchange uint64, accepted bool, peers ...string) *cyclon.Message {
	return &cyclon.Message{Body: &cyclon.Message_ShuffleReply{ShuffleReply: &cyclon.ShuffleReply{
		Exchange: exchange, Accepted: accepted, Entries: entries(peers...),
	}}}
}

func walk(newcomer string, hops uint32, path ...string) *cyclon.Message {
	w := &cyclon.Walk{Newcomer: protocoltest.Peer(newcomer).Bytes(), Hops: hops}
	for _, p := range path {
		w.Path = append(w.Path, protocoltest.Peer(p).Bytes())
	}
	return &cyclon.Message{Body: &cyclon.Message_Walk{Walk: w}}
}

func handover(peer string) *cyclon.Message {
	return &cyclon.Message{Body: &cyclon.Message_Handover{Handover: &cyclon.Handover{Entry: entry(peer, 1)}}}
}

func leaves(peers ...string) *cyclon.Message {
	m := &cyclon.Leave{}
	for _, e := range entries(peers...) {
		m.Entry = e
	}
	return &cyclon.Message{Body: &cyclon.Message_Leave{Leave: m}}
}

var joins = &cyclon.Message{Body: &cyclon.Message_Join{Join: &cyclon.Join{}}}

// asked lets m ask for an exchange. It returns the partner, the number of the
// exchange and the given entries.
func asked(p *protocoltest.Port) (partner string, exchange uint64, gave []string) {
	sent := len(p.Sent)
	for range 700 {
		if len(p.Sent) > sent {
			break
		}
		p.Advance(100 * time.Millisecond)
	}
	Expect(p.Sent).To(HaveLen(sent + 1))
	last := p.Sent[sent]
	r := last.Message.(*cyclon.Message).GetShuffleRequest()
	for _, e := range r.GetEntries() {
		gave = append(gave, protocoltest.Name(messages.PeerID(e.GetPeer())))
	}
	return protocoltest.Name(last.To), r.GetExchange(), gave
}

func lastReply(p *protocoltest.Port) *cyclon.ShuffleReply {
	Expect(p.Sent).NotTo(BeEmpty())
	return p.Sent[len(p.Sent)-1].Message.(*cyclon.Message).GetShuffleReply()
}

// answer lets every pending request of a kind succeed.
func answer(p *protocoltest.Port, op messages.Op) {
	for _, r := range p.Pending() {
		if r.Op == op {
			p.Succeed(op, protocoltest.Name(r.Peer))
		}
	}
}

// pending lists the peers of the requests of a kind that wait for an answer.
func pending(p *protocoltest.Port, op messages.Op) (names []string) {
	for _, r := range p.Pending() {
		if r.Op == op {
			names = append(names, protocoltest.Name(r.Peer))
		}
	}
	return names
}

// outview lists the peers that m holds arcs to, once for each arc.
func outview(p *protocoltest.Port) (names []string) {
	for _, peer := range p.View().Out.Occurrences() {
		names = append(names, protocoltest.Name(peer))
	}
	return names
}

var _ = Describe("Cyclon, as a transcript", func() {
	It("enters through one contact, and takes what the ends of its walks hand over", func() {
		p := protocoltest.NewPort("m", protocol(small), 1)
		p.Deliver(messages.Started{})
		p.FailContacts(messages.ErrTimeout)
		p.Note("the rendezvous is not there yet")
		p.Advance(2 * time.Second)
		p.NameContacts("a")
		p.Succeed(messages.OpOpen, "a")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("b"), Dir: messages.In})
		p.Receive("b", handover("c"))
		p.Succeed(messages.OpOpen, "c")
		protocoltest.Golden(GinkgoT(), "enter", p.Transcript())
	})

	It("starts and passes on walks, and welcomes the newcomers of those that end", func() {
		p := with([]string{"a", "b", "c", "d"}, []string{"a", "n"})
		p.Note("n wants to enter")
		p.Receive("n", joins)
		p.Note("a walk goes on, another one ends here; the view is full")
		p.Receive("a", walk("o", 2, "q"))
		p.Receive("a", walk("o", 1, "q", "r"))
		p.Succeed(messages.OpOpen, "o")
		p.Succeed(messages.OpClose, pending(p, messages.OpClose)[0])
		protocoltest.Golden(GinkgoT(), "walk", p.Transcript())
	})

	It("shuffles with the oldest", func() {
		p := with([]string{"a", "b", "c", "d"}, nil)
		partner, exchange, _ := asked(p)
		p.Note("w cannot be had; m and a are no news")
		p.Receive(partner, reply(exchange, true, "v", "w", "x"))
		p.Succeed(messages.OpOpen, "v")
		p.Succeed(messages.OpClose, partner)
		p.Fail(messages.OpOpen, "w", messages.ErrTimeout)
		p.Succeed(messages.OpOpen, "x")
		p.Succeed(messages.OpClose, pending(p, messages.OpClose)[0])
		protocoltest.Golden(GinkgoT(), "shuffle", p.Transcript())
	})

	It("serves an exchange: empty slots first, then what it gave", func() {
		p := with([]string{"a", "b", "c"}, []string{"f"})
		p.Receive("f", request(7, "v", "a", "w"))
		answer(p, messages.OpOpen)
		answer(p, messages.OpClose)
		protocoltest.Golden(GinkgoT(), "serve", p.Transcript())
	})

	It("removes a partner that does not answer, and asks another", func() {
		p := with([]string{"a", "b", "c"}, nil)
		partner, exchange, _ := asked(p)
		p.Advance(10 * time.Second)
		p.Succeed(messages.OpClose, partner)
		p.Note("too late")
		p.Receive(partner, reply(exchange, true, "v"))
		protocoltest.Golden(GinkgoT(), "silent", p.Transcript())
	})

	It("leaves, and lets another one take its place", func() {
		p := with([]string{"a", "b"}, []string{"f", "g"})
		p.Deliver(messages.Leaving{Deadline: p.Now().Add(2 * time.Second)})
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("f"), Dir: messages.In, Cause: messages.CauseClosed})
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("g"), Dir: messages.In, Cause: messages.CauseClosed})
		q := with([]string{"a", "m2"}, nil)
		q.Receive("m2", leaves("v"))
		q.Succeed(messages.OpOpen, "v")
		q.Succeed(messages.OpClose, "m2")
		protocoltest.Golden(GinkgoT(), "leave", p.Transcript()+"# one who held an arc to such a peer\n"+q.Transcript())
	})
})

var _ = Describe("An exchange", func() {
	It("gives no entry that another one gives", func() {
		p := with([]string{"a", "b", "c", "d"}, []string{"f"})
		partner, _, gave := asked(p)
		p.Receive("f", request(1, "v"))
		for _, e := range lastReply(p).GetEntries() {
			Expect(append(gave, partner)).NotTo(ContainElement(protocoltest.Name(messages.PeerID(e.GetPeer()))))
		}
		Expect(lastReply(p).GetAccepted()).To(BeTrue())
		Expect(lastReply(p).GetEntries()).To(HaveLen(1))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"f"}), "for one entry given, one can be taken")
	})

	It("whose entries cannot be opened leaves the view as it was", func() {
		p := with([]string{"a", "b", "c", "d"}, nil)
		partner, exchange, _ := asked(p)
		p.Receive(partner, reply(exchange, true, "v", "w", "x"))
		for _, peer := range []string{"v", "w", "x"} {
			p.Fail(messages.OpOpen, peer, messages.ErrTimeout)
		}
		Expect(outview(p)).To(Equal([]string{"a", "b", "c", "d"}))
		Expect(p.Pending()).To(BeEmpty())
		next, _, _ := asked(p)
		Expect(next).NotTo(Equal(partner))
	})

	It("is not held up by a partner that is busy", func() {
		p := with([]string{"a", "b", "c"}, nil)
		partner, exchange, _ := asked(p)
		p.Receive(partner, reply(exchange, false))
		next, _, _ := asked(p)
		Expect(next).NotTo(Equal(partner))
		Expect(outview(p)).To(ContainElement(partner))
	})

	It("that crosses another one goes on at the smaller peer only", func() {
		p := with([]string{"a"}, []string{"a"})
		_, exchange, _ := asked(p)
		p.Receive("a", request(9, "v"))
		Expect(lastReply(p).GetAccepted()).To(BeTrue(), "a is smaller than m")
		p.Receive("a", reply(exchange, true, "w"))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"v"}), "m has given up its own")

		p = with([]string{"z"}, []string{"z"})
		_, exchange, _ = asked(p)
		p.Receive("z", request(9, "v"))
		Expect(lastReply(p).GetAccepted()).To(BeFalse())
		p.Receive("z", reply(exchange, true, "w"))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"w"}))
	})

	It("with a partner that goes down lets another one begin", func() {
		p := with([]string{"a", "b", "c"}, nil)
		partner, _, _ := asked(p)
		p.Down(partner, messages.CauseCrashed)
		Expect(outview(p)).NotTo(ContainElement(partner))
		next, _, _ := asked(p)
		Expect(next).NotTo(Equal(partner))
	})
})

var _ = Describe("An empty view", func() {
	It("is filled through one who holds an arc to us", func() {
		p := with([]string{"a"}, []string{"f"})
		p.Down("a", messages.CauseCrashed)
		p.Advance(2 * time.Second)
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"f"}))
		Expect(pending(p, messages.OpContacts)).To(BeEmpty())
	})

	It("is filled through the rendezvous, asked again and again", func() {
		p := with([]string{"a"}, nil)
		p.Down("a", messages.CauseCrashed)
		for range 5 {
			p.Advance(70 * time.Second)
			Expect(pending(p, messages.OpContacts)).To(HaveLen(1))
			p.FailContacts(messages.ErrTimeout)
		}
		p.Advance(70 * time.Second)
		p.NameContacts("b")
		p.Succeed(messages.OpOpen, "b")
		Expect(outview(p)).To(Equal([]string{"b"}))
	})

	It("is filled through a peer that once entered through it, when its arc is gone", func() {
		p := with([]string{"a", "b", "c", "d"}, []string{"n"})
		p.Receive("n", joins)
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("n"), Dir: messages.In, Cause: messages.CauseClosed})
		for _, peer := range []string{"a", "b", "c", "d"} {
			p.Down(peer, messages.CauseCrashed)
		}
		p.Advance(70 * time.Second)
		p.NameContacts("n")
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"n"}))
	})
})

var _ = Describe("A handler that replaces one that panicked", func() {
	It("goes on with its arcs", func() {
		old := with([]string{"a", "b", "c", "d"}, nil)
		p := protocoltest.NewPort("m", protocol(small), 2)
		p.Adopt(old)
		p.Deliver(messages.Started{Restarted: true})
		Expect(p.Pending()).To(BeEmpty())
		partner, exchange, _ := asked(p)
		p.Receive(partner, reply(exchange, true, "v"))
		p.Succeed(messages.OpOpen, "v")
		answer(p, messages.OpClose)
		Expect(outview(p)).To(HaveLen(4))
	})
})

var _ = Describe("Peer sampling", func() {
	It("draws from the view", func() {
		p := with([]string{"a", "b", "c"}, nil)
		p.Deliver(messages.Told{Event: messages.SampleRequest{N: 2}}, messages.Told{Event: messages.SampleRequest{N: 9}})
		Expect(p.Emitted).To(HaveLen(2))
		Expect(p.Emitted[0].(messages.Sample).Peers).To(HaveLen(2))
		Expect(p.Emitted[1].(messages.Sample).Peers).To(ConsistOf(protocoltest.Peer("a"), protocoltest.Peer("b"), protocoltest.Peer("c")))
	})
})

var _ = DescribeTable("A configuration that is refused, naming field and rule",
	func(rule string, change func(*cyclon.Config)) {
		c := cyclon.DefaultConfig()
		change(&c)
		_, err := cyclon.New(c)
		Expect(err).To(MatchError(ContainSubstring(rule)))
	},
	Entry(nil, "Name", func(c *cyclon.Config) { c.Name = "A" }),
	Entry(nil, "View is 0", func(c *cyclon.Config) { c.View = 0 }),
	Entry(nil, "View is 129", func(c *cyclon.Config) { c.View = 129 }),
	Entry(nil, "Shuffle is 0", func(c *cyclon.Config) { c.Shuffle = 0 }),
	Entry(nil, "Shuffle is 21, must be between 1 and View", func(c *cyclon.Config) { c.Shuffle = 21 }),
	Entry(nil, "Walk is 0", func(c *cyclon.Config) { c.Walk = 0 }),
	Entry(nil, "Walk is 9", func(c *cyclon.Config) { c.Walk = 9 }),
	Entry(nil, "Period is 1001h0m0s, must be above 0 and at most 1000h0m0s", func(c *cyclon.Config) { c.Period = 1001 * time.Hour }),
	Entry(nil, "Period is 0s", func(c *cyclon.Config) { c.Period = 0 }),
	Entry(nil, "Deadline is 1001h0m0s", func(c *cyclon.Config) { c.Deadline = 1001 * time.Hour }),
	Entry(nil, "Deadline is -1ns", func(c *cyclon.Config) { c.Deadline = -1 }),
)
