//go:build !js

package spray_test

import (
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

// start returns a peer a that has started and is alone in its room.
func start(change func(*spray.Config)) *protocoltest.Port {
	p := protocoltest.NewPort("a", protocol(change), 1)
	p.Deliver(messages.Started{})
	p.NameContacts()
	return p
}

// with returns a peer a that holds arcs to the peers out and has arcs from the
// peers in.
func with(out, in []string) *protocoltest.Port {
	p := start(nil)
	for _, peer := range in {
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.In})
	}
	for _, peer := range out {
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out})
	}
	return p
}

// pending counts the requests of a kind that wait for an answer.
func pending(p *protocoltest.Port, op messages.Op) int {
	n := 0
	for _, r := range p.Pending() {
		if r.Op == op {
			n++
		}
	}
	return n
}

// asked lets a ask for an exchange, and returns the partner and the number of the
// exchange.
func asked(p *protocoltest.Port) (partner string, exchange uint64) {
	sent := len(p.Sent)
	for range 400 {
		if len(p.Sent) > sent {
			break
		}
		p.Advance(100 * time.Millisecond)
	}
	Expect(len(p.Sent)).To(Equal(sent + 1))
	last := p.Sent[sent]
	return protocoltest.Name(last.To), last.Message.(*spray.Message).GetShuffleRequest().GetExchange()
}

func request(exchange uint64) *spray.Message {
	return &spray.Message{Body: &spray.Message_ShuffleRequest{ShuffleRequest: &spray.ShuffleRequest{Exchange: exchange}}}
}

func reply(exchange uint64, accepted bool) *spray.Message {
	return &spray.Message{Body: &spray.Message_ShuffleReply{ShuffleReply: &spray.ShuffleReply{Exchange: exchange, Accepted: accepted}}}
}

func done(exchange uint64, moved uint32) *spray.Message {
	return &spray.Message{Body: &spray.Message_ShuffleDone{ShuffleDone: &spray.ShuffleDone{Exchange: exchange, Moved: moved}}}
}

var (
	joins  = &spray.Message{Body: &spray.Message_Join{Join: &spray.Join{}}}
	leaves = &spray.Message{Body: &spray.Message_Leave{Leave: &spray.Leave{}}}
)

// answer lets every pending request of a kind succeed.
func answer(p *protocoltest.Port, op messages.Op) {
	for _, r := range p.Pending() {
		if r.Op == op {
			p.Succeed(op, protocoltest.Name(r.Peer))
		}
	}
}

func lastReply(p *protocoltest.Port) *spray.ShuffleReply {
	Expect(p.Sent).NotTo(BeEmpty())
	return p.Sent[len(p.Sent)-1].Message.(*spray.Message).GetShuffleReply()
}

var _ = Describe("Spray, as a transcript", func() {
	It("enters through one contact", func() {
		p := protocoltest.NewPort("a", protocol(nil), 1)
		p.Deliver(messages.Started{})
		p.FailContacts(messages.ErrTimeout)
		p.Note("the rendezvous is not there yet")
		p.Advance(2 * time.Second)
		p.NameContacts("b")
		p.Succeed(messages.OpOpen, "b")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("c"), Dir: messages.In})
		protocoltest.Golden(GinkgoT(), "enter", p.Transcript())
	})

	It("introduces a newcomer to each arc of its view", func() {
		p := with([]string{"b", "c", "c"}, []string{"d"})
		p.Receive("d", joins)
		p.Succeed(messages.OpIntroduce, "b")
		p.Succeed(messages.OpIntroduce, "c")
		p.Note("the second arc to c cannot be had, and another one takes its place")
		p.Fail(messages.OpIntroduce, "c", messages.ErrTimeout)
		answer(p, messages.OpOpen)
		protocoltest.Golden(GinkgoT(), "join", p.Transcript())
	})

	It("moves half of its view, and turns the oldest arc round", func() {
		p := with([]string{"b", "c", "d", "e"}, []string{"f"})
		partner, exchange := asked(p)
		answer(p, messages.OpLock)
		p.Receive(partner, reply(exchange, true))
		answer(p, messages.OpIntroduce)
		answer(p, messages.OpInvite)
		answer(p, messages.OpUnlock)
		answer(p, messages.OpClose)
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("g"), Dir: messages.Out, Via: protocoltest.Peer(partner)})
		p.Receive(partner, done(exchange, 1))
		protocoltest.Golden(GinkgoT(), "shuffle", p.Transcript())
		Expect(p.View().Out.Len()).To(Equal(3))
	})

	It("serves an exchange with its own half", func() {
		p := with([]string{"b", "c", "f"}, []string{"f"})
		p.Receive("f", request(7))
		answer(p, messages.OpLock)
		p.Note("one introduction fails: that arc stays")
		failed := false
		for _, r := range p.Pending() {
			if r.Op == messages.OpIntroduce && !failed {
				failed = true
				p.Fail(r.Op, protocoltest.Name(r.Peer), messages.ErrTimeout)
			}
		}
		answer(p, messages.OpIntroduce)
		answer(p, messages.OpInvite)
		answer(p, messages.OpUnlock)
		answer(p, messages.OpClose)
		p.Receive("f", done(7, 2))
		protocoltest.Golden(GinkgoT(), "serve", p.Transcript())
	})

	It("re-creates arcs to a peer that crashed", func() {
		p := with([]string{"b", "b", "b", "c", "d"}, []string{"b"})
		p.Down("b", messages.CauseCrashed)
		answer(p, messages.OpOpen)
		protocoltest.Golden(GinkgoT(), "peerdown", p.Transcript())
	})

	It("patches what it leaves behind", func() {
		p := with([]string{"b", "c", "d"}, []string{"e", "f", "f", "b"})
		p.Deliver(messages.Leaving{Deadline: p.Now().Add(2 * time.Second)})
		answer(p, messages.OpIntroduce)
		protocoltest.Golden(GinkgoT(), "leave", p.Transcript())
		Expect(p.Stopped).To(BeTrue())
	})
})

var _ = Describe("Entering", func() {
	It("opens one arc to a lone newcomer, as the paper does", func() {
		p := with(nil, []string{"b"})
		p.Receive("b", joins)
		Expect(pending(p, messages.OpOpen)).To(Equal(1))
	})

	It("lets newcomers wait until it has entered itself, as it has nobody to introduce them to before", func() {
		p := protocoltest.NewPort("a", protocol(nil), 1)
		p.Deliver(messages.Started{})
		p.NameContacts("b")
		for _, newcomer := range []string{"c", "d"} {
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(newcomer), Dir: messages.In})
			p.Receive(newcomer, joins)
		}
		p.Down("d", messages.CauseCrashed)
		Expect(pending(p, messages.OpIntroduce)).To(BeZero())
		p.Succeed(messages.OpOpen, "b")
		Expect(p.Pending()).To(ConsistOf(And(HaveField("Op", messages.OpIntroduce),
			HaveField("Peer", protocoltest.Peer("b")), HaveField("To", protocoltest.Peer("c")))))
	})

	It("opens A arcs to the contact, a fraction being a probability", func() {
		total := 0
		for seed := range uint64(200) {
			p := protocoltest.NewPort("a", protocol(func(c *spray.Config) { c.A = 2.5 }), seed)
			p.Deliver(messages.Started{})
			p.NameContacts("b")
			p.Succeed(messages.OpOpen, "b")
			total += 1 + pending(p, messages.OpOpen)
		}
		Expect(float64(total) / 200).To(BeNumerically("~", 2.5, 0.15))
	})

	It("gives the first two peers 2·B arcs more", func() {
		p := protocoltest.NewPort("a", protocol(func(c *spray.Config) { c.B = 3 }), 1)
		p.Deliver(messages.Started{})
		p.NameContacts()
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("b"), Dir: messages.In})
		p.Receive("b", joins)
		Expect(pending(p, messages.OpOpen)).To(Equal(7))
	})

	It("asks again while it is alone, waiting longer each time", func() {
		p := start(nil)
		p.Quiet = true
		for range 20 {
			p.Advance(10 * time.Second)
			if pending(p, messages.OpContacts) > 0 {
				p.NameContacts()
			}
		}
		Expect(p.Metrics).NotTo(HaveKey("joins"))
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("b"), Dir: messages.In})
		p.Advance(2 * time.Minute)
		Expect(pending(p, messages.OpContacts)).To(BeZero(), "somebody entered through us")
	})

	It("tries another contact when one cannot be reached, even if somebody has entered through it", func() {
		p := protocoltest.NewPort("a", protocol(nil), 1)
		p.Deliver(messages.Started{})
		p.NameContacts("b")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("c"), Dir: messages.In})
		p.Fail(messages.OpOpen, "b", messages.ErrTimeout)
		p.Advance(2 * time.Second)
		p.NameContacts("d")
		p.Succeed(messages.OpOpen, "d")
		Expect(p.Emitted).To(ContainElement(spray.Joined{Contact: protocoltest.Peer("d")}))
	})

	It("enters through a peer that once entered through it, when both have lost their arcs", func() {
		p := protocoltest.NewPort("a", protocol(nil), 1)
		p.Deliver(messages.Started{})
		p.NameContacts()
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("b"), Dir: messages.In})
		p.Receive("b", joins)
		for pending(p, messages.OpOpen) > 0 {
			p.Fail(messages.OpOpen, "b", messages.ErrTimeout)
		}
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("b"), Dir: messages.In, Cause: messages.CauseClosed})
		p.Advance(2 * time.Minute)
		p.NameContacts("b")
		Expect(pending(p, messages.OpOpen)).To(Equal(1))
	})

	It("enters anew when everybody is gone", func() {
		p := with([]string{"b"}, nil)
		p.Down("b", messages.CauseCrashed)
		p.Advance(2 * time.Minute)
		Expect(pending(p, messages.OpContacts)).To(Equal(1))
	})

	It("lets go of the locks of a handler that panicked, and keeps its arcs", func() {
		first := with([]string{"b", "c", "d"}, nil)
		asked(first)
		answer(first, messages.OpLock)
		locked := first.View().Out
		p := protocoltest.NewPort("a", protocol(nil), 2)
		p.Adopt(first)
		p.Deliver(messages.Started{Restarted: true})
		Expect(pending(p, messages.OpUnlock)).To(Equal(2), "%v", locked)
		Expect(pending(p, messages.OpContacts)).To(BeZero())
		partner, _ := asked(p)
		Expect(partner).NotTo(BeEmpty())
	})
})

var _ = Describe("An exchange", func() {
	It("locks its sample before it asks, and moves nothing before the answer", func() {
		p := with([]string{"b", "c", "d", "e"}, nil)
		asked(p)
		answer(p, messages.OpLock)
		Expect(p.View().Out.Get(protocoltest.Peer("b")).Locks + p.View().Out.Get(protocoltest.Peer("c")).Locks +
			p.View().Out.Get(protocoltest.Peer("d")).Locks + p.View().Out.Get(protocoltest.Peer("e")).Locks).To(Equal(2))
		Expect(pending(p, messages.OpIntroduce) + pending(p, messages.OpInvite)).To(BeZero())
	})

	It("closes an arc only when its replacement was introduced", func() {
		p := with([]string{"b", "c", "d", "e"}, nil)
		partner, exchange := asked(p)
		answer(p, messages.OpLock)
		p.Receive(partner, reply(exchange, true))
		Expect(pending(p, messages.OpClose)).To(BeZero())
		p.Fail(messages.OpInvite, partner, messages.ErrTimeout)
		Expect(pending(p, messages.OpClose)).To(BeZero())
		Expect(pending(p, messages.OpUnlock)).To(Equal(1))
		answer(p, messages.OpIntroduce)
		Expect(pending(p, messages.OpClose)).To(Equal(1))
	})

	It("tries other partners when one is busy, three in a period", func() {
		p := with([]string{"b", "c", "d", "e"}, nil)
		p.Quiet = true
		partner, exchange := asked(p)
		seen := map[string]bool{partner: true}
		for range 2 {
			answer(p, messages.OpLock)
			p.Receive(partner, reply(exchange, false))
			answer(p, messages.OpUnlock)
			sent := len(p.Sent)
			p.Advance(6 * time.Second)
			Expect(p.Sent).To(HaveLen(sent + 1))
			partner = protocoltest.Name(p.Sent[sent].To)
			exchange = p.Sent[sent].Message.(*spray.Message).GetShuffleRequest().GetExchange()
			seen[partner] = true
		}
		Expect(seen).To(HaveLen(3))
		for a := range p.View().Out.All() {
			if protocoltest.Name(a.Peer) != partner {
				Expect(a.Locks).To(BeNumerically("<=", 1))
			}
		}
	})

	DescribeTable("that crosses one from its partner gives way to the smaller PeerID",
		func(self, partner string, gives bool) {
			p := protocoltest.NewPort(self, protocol(nil), 1)
			p.Deliver(messages.Started{})
			p.NameContacts()
			for _, dir := range []messages.Direction{messages.In, messages.Out} {
				p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(partner), Dir: dir})
			}
			_, exchange := asked(p)
			answer(p, messages.OpLock)
			p.Receive(partner, request(7))
			Expect(lastReply(p).GetAccepted()).To(Equal(gives))
			p.Receive(partner, reply(exchange, true))
			if gives {
				Expect(p.Metrics["ignored"]).To(Equal(1.0))
			} else {
				Expect(pending(p, messages.OpInvite)).To(Equal(1))
			}
		},
		Entry("the smaller one's stands", "a", "b", false),
		Entry("the larger one's is dropped", "b", "a", true),
	)

	It("leaves arcs to the partner of another exchange where they are", func() {
		p := with([]string{"b", "b", "b", "b", "c", "e", "f"}, []string{"b", "d"})
		p.Receive("b", request(7))
		answer(p, messages.OpLock)
		p.Receive("d", request(8))
		Expect(lastReply(p).GetAccepted()).To(BeFalse())
		partner, _ := asked(p)
		Expect(partner).NotTo(Equal("b"))
		Expect(p.Pending()).NotTo(ContainElement(And(HaveField("Op", messages.OpLock), HaveField("Peer", protocoltest.Peer("b")))))
	})

	It("ends when the partner is lost, and frees the arcs that were not moved", func() {
		p := with([]string{"b", "c", "d", "e"}, nil)
		partner, _ := asked(p)
		answer(p, messages.OpLock)
		p.Down(partner, messages.CauseCrashed)
		answer(p, messages.OpUnlock)
		for a := range p.View().Out.All() {
			Expect(a.Locks).To(BeZero())
		}
	})

	It("that is not answered in time takes the partner for down", func() {
		p := with([]string{"b", "c", "d", "e"}, nil)
		partner, _ := asked(p)
		answer(p, messages.OpLock)
		p.Advance(11 * time.Second)
		Expect(pending(p, messages.OpClose)).To(Equal(1))
		p.Succeed(messages.OpUnlock, partner)
		p.Succeed(messages.OpClose, partner)
		Expect(p.View().Out.Count(protocoltest.Peer(partner))).To(BeZero())
		Expect(p.Metrics["shuffles_timed_out"]).To(Equal(1.0))
	})

	It("keeps the arcs to a silent partner when they are all there is", func() {
		p := with([]string{"b"}, nil)
		asked(p)
		answer(p, messages.OpLock)
		p.Advance(11 * time.Second)
		Expect(pending(p, messages.OpClose)).To(BeZero())
	})
})

var _ = Describe("Lost arcs", func() {
	It("are made anew with probability 1 − A/(|view| + lost)", func() {
		opened := 0
		for seed := range uint64(400) {
			p := protocoltest.NewPort("a", protocol(nil), seed)
			p.Deliver(messages.Started{})
			p.NameContacts()
			for _, peer := range []string{"b", "b", "c", "d"} {
				p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out})
			}
			p.Down("b", messages.CauseCrashed)
			opened += pending(p, messages.OpOpen)
		}
		Expect(float64(opened) / 800).To(BeNumerically("~", 0.75, 0.05))
	})

	It("are left to the peer that patched them as it left", func() {
		p := with([]string{"b", "b", "b", "b", "c"}, nil)
		p.Receive("b", leaves)
		p.Down("b", messages.CauseLeft)
		Expect(pending(p, messages.OpOpen)).To(BeZero())
	})

	It("are always made anew when they were refused", func() {
		p := with([]string{"b", "c"}, nil)
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("b"), Dir: messages.Out, Cause: messages.CauseRefused})
		Expect(p.Pending()).To(ContainElement(HaveField("Peer", protocoltest.Peer("c"))))
	})

	It("go round in no circle where everybody refuses", func() {
		p := with([]string{"b", "c"}, nil)
		p.Quiet = true
		for range 1000 {
			for _, peer := range []string{"b", "c"} {
				for p.View().Out.Count(protocoltest.Peer(peer)) > 0 {
					p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer(peer), Dir: messages.Out, Cause: messages.CauseRefused})
				}
			}
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("b"), Dir: messages.Out})
			answer(p, messages.OpOpen)
		}
		Expect(p.Metrics["arcs_renewed"]).To(BeNumerically("<", 50))
	})
})

var _ = Describe("Ages that have drifted from the view", func() {
	It("are mended in the next period, and counted", func() {
		p := with([]string{"b", "c", "c"}, nil)
		p.Adopt(with([]string{"c", "d", "e"}, nil))
		asked(p)
		Expect(p.Metrics["drift"]).To(BeNumerically(">", 0))
		for _, r := range p.Pending() {
			if r.Op == messages.OpLock {
				Expect(p.View().Out.Count(r.Peer)).To(BeNumerically(">", 0))
			}
		}
	})
})

var _ = Describe("Sampling", func() {
	It("answers with peers of the view, each once", func() {
		p := with([]string{"b", "c", "c", "d"}, nil)
		p.Deliver(messages.Told{Event: messages.SampleRequest{N: 10}})
		Expect(p.Emitted).To(HaveLen(1))
		Expect(p.Emitted[0].(messages.Sample).Peers).To(ConsistOf(protocoltest.Peer("b"), protocoltest.Peer("c"), protocoltest.Peer("d")))
		p.Deliver(messages.Told{Event: messages.SampleRequest{N: -1}})
		Expect(p.Emitted[1].(messages.Sample).Peers).To(BeEmpty())
	})
})

var _ = Describe("Attacks", func() {
	It("duplicate join flood: a newcomer is introduced once", func() {
		p := with([]string{"b", "c"}, []string{"d"})
		for range 100 {
			p.Receive("d", joins)
		}
		Expect(pending(p, messages.OpIntroduce)).To(Equal(2))
		Expect(p.Metrics["joins_ignored"]).To(Equal(99.0))
	})

	It("join from a stranger: who holds no arc to us is not introduced", func() {
		p := with([]string{"b", "c"}, nil)
		p.Receive("b", joins)
		p.Receive("z", joins)
		Expect(pending(p, messages.OpIntroduce)).To(BeZero())
	})

	It("join flood of many: no more than MaxJoins at a time", func() {
		p := start(func(c *spray.Config) { c.MaxJoins = 4 })
		for _, peer := range []string{"b", "c"} {
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out})
		}
		for i := range 50 {
			p.Deliver(messages.ArcOpened{Peer: peer(i), Dir: messages.In})
			p.Deliver(messages.Received{From: peer(i), Message: joins})
		}
		Expect(pending(p, messages.OpIntroduce)).To(Equal(8))
	})

	It("shuffle from a stranger: it gets no arc and no answer", func() {
		p := with([]string{"b", "c"}, nil)
		sent := len(p.Sent)
		p.Receive("z", request(7))
		p.Receive("b", request(7))
		Expect(p.Sent).To(HaveLen(sent))
		Expect(pending(p, messages.OpLock)).To(BeZero())
	})

	It("shuffle flood: a partner is served once in a quarter of a period", func() {
		p := with([]string{"b", "c", "d", "e"}, []string{"f"})
		accepted := 0
		for i := range uint64(20) {
			p.Receive("f", request(i+1))
			if lastReply(p).GetAccepted() {
				accepted++
			}
			answer(p, messages.OpLock)
			answer(p, messages.OpIntroduce)
			answer(p, messages.OpUnlock)
			answer(p, messages.OpClose)
			p.Receive("f", done(i+1, 0))
		}
		Expect(accepted).To(Equal(1))
		Expect(p.View().Out.Len()).To(Equal(2))
	})

	It("stale, foreign or made-up shuffle reply: nothing is moved", func() {
		p := with([]string{"b", "c", "d", "e"}, []string{"z"})
		partner, exchange := asked(p)
		answer(p, messages.OpLock)
		p.Receive(partner, reply(exchange+1, true))
		p.Receive("z", reply(exchange, true))
		p.Receive("z", done(exchange, 1))
		p.Receive(partner, done(exchange, 1))
		Expect(pending(p, messages.OpIntroduce) + pending(p, messages.OpInvite)).To(BeZero())
		p.Advance(11 * time.Second)
		p.Receive(partner, reply(exchange, true))
		Expect(pending(p, messages.OpIntroduce) + pending(p, messages.OpInvite)).To(BeZero())
	})

	It("reply sent twice: every arc is moved once", func() {
		p := with([]string{"b", "c", "d", "e"}, nil)
		partner, exchange := asked(p)
		answer(p, messages.OpLock)
		p.Receive(partner, reply(exchange, true))
		p.Receive(partner, reply(exchange, true))
		Expect(pending(p, messages.OpIntroduce) + pending(p, messages.OpInvite)).To(Equal(2))
	})

	It("partner that accepts and is never done: the exchange ends, and another one follows", func() {
		p := with([]string{"b", "c", "d", "e"}, nil)
		partner, exchange := asked(p)
		answer(p, messages.OpLock)
		p.Receive(partner, reply(exchange, true))
		answer(p, messages.OpIntroduce)
		answer(p, messages.OpInvite)
		answer(p, messages.OpUnlock)
		answer(p, messages.OpClose)
		p.Advance(25 * time.Second)
		other, _ := asked(p)
		Expect(other).NotTo(Equal(partner))
	})

	It("leave of one who closes its arcs first: it is forgotten, and one like others when it comes back", func() {
		p := with(nil, []string{"b"})
		p.Receive("b", leaves)
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("b"), Dir: messages.In, Cause: messages.CauseClosed})
		p.Advance(time.Minute)
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("b"), Dir: messages.In}, messages.ArcOpened{Peer: protocoltest.Peer("c"), Dir: messages.Out})
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("c"), Dir: messages.Out, Cause: messages.CauseRefused})
		Expect(p.Pending()).To(ContainElement(And(HaveField("Op", messages.OpOpen), HaveField("Peer", protocoltest.Peer("b")))))
	})

	It("garbage: it is counted and changes nothing", func() {
		p := with([]string{"b"}, []string{"b"})
		for _, m := range []*spray.Message{{}, request(0), reply(0, true), done(0, 1), done(1, math.MaxUint32)} {
			p.Receive("b", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(5.0))
	})
})

var _ = DescribeTable("A configuration that is refused, naming field and rule",
	func(rule string, change func(*spray.Config)) {
		c := spray.DefaultConfig()
		change(&c)
		_, err := spray.New(c)
		Expect(err).To(MatchError(ContainSubstring(rule)))
	},
	Entry(nil, `Name "" must be 1 to 32 of`, func(c *spray.Config) { c.Name = "" }),
	Entry(nil, "A is NaN, must be above 0 and at most 64", func(c *spray.Config) { c.A = math.NaN() }),
	Entry(nil, "A is 0, must", func(c *spray.Config) { c.A = 0 }),
	Entry(nil, "A is +Inf, must", func(c *spray.Config) { c.A = math.Inf(1) }),
	Entry(nil, "B is -1, must be between 0 and 64", func(c *spray.Config) { c.B = -1 }),
	Entry(nil, "B is NaN, must", func(c *spray.Config) { c.B = math.NaN() }),
	Entry(nil, "B is 65, must", func(c *spray.Config) { c.B = 65 }),
	Entry(nil, "Period is 0s, must be above 0 and at most 1000h0m0s", func(c *spray.Config) { c.Period = 0 }),
	Entry(nil, "Period is 2562047h47m16.854775807s, must", func(c *spray.Config) { c.Period = math.MaxInt64 }),
	Entry(nil, "Deadline is -1ns, must be above 0 and at most 1000h0m0s", func(c *spray.Config) { c.Deadline = -1 }),
	Entry(nil, "Deadline is 1001h0m0s, must", func(c *spray.Config) { c.Deadline = 1001 * time.Hour }),
	Entry(nil, "MaxJoins is 0, must be between 1 and 65536", func(c *spray.Config) { c.MaxJoins = 0 }),
	Entry(nil, "MaxJoins is 65537, must", func(c *spray.Config) { c.MaxJoins = 65537 }),
)
