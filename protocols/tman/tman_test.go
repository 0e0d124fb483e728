package tman_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

func protocol(change func(*tman.Config)) protocols.Protocol {
	config := tman.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := tman.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

// two is a View of 2, the ring, and partners among those.
func two(c *tman.Config) { c.View, c.Psi = 2, 2 }

// start returns a peer m that has started.
func start(change func(*tman.Config)) *protocoltest.Port {
	p := protocoltest.NewPort("m", protocol(change), 1)
	p.Quiet = true
	p.Deliver(messages.Started{})
	return p
}

// samples lets the sampling protocol hold an arc to each of some peers.
func samples(p *protocoltest.Port, peers ...string) {
	for _, peer := range peers {
		p.Deliver(messages.Seen{Protocol: "spray", Event: messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out}})
	}
}

// last returns the exchange of the last message to a peer.
func last(p *protocoltest.Port, peer string) (exchange uint64, asks bool) {
	for i := len(p.Sent) - 1; i >= 0; i-- {
		if m := p.Sent[i].Message.(*tman.Message); protocoltest.Name(p.Sent[i].To) == peer {
			switch {
			case m.GetAsk() != nil:
				return m.GetAsk().GetExchange(), true
			case m.GetExchangeRequest() != nil:
				return m.GetExchangeRequest().GetExchange(), false
			}
		}
	}
	Fail("nothing was asked of " + peer)
	return 0, false
}

// answers lets peers answer what they were last asked: with their own descriptor
// and, if that is an exchange, a sample.
func answers(p *protocoltest.Port, peer string, sample ...*tman.Candidate) {
	exchange, asks := last(p, peer)
	if asks {
		p.Receive(peer, &tman.Message{Body: &tman.Message_Answer{Answer: &tman.Answer{Exchange: exchange, Own: own(1)}}})
		return
	}
	p.Receive(peer, reply(exchange, sample...))
}

// pass lets time pass, in which all that is asked is answered and all that is closed
// is closed at once. Nothing is opened.
func pass(p *protocoltest.Port, d time.Duration) {
	for range d / time.Second {
		p.Advance(time.Second)
		for _, sent := range p.Sent {
			m, name := sent.Message.(*tman.Message), protocoltest.Name(sent.To)
			id := max(m.GetAsk().GetExchange(), m.GetExchangeRequest().GetExchange())
			if id > 0 && !strings.Contains(p.Transcript(), fmt.Sprintf("<- received %s {answer{exchange:%d", name, id)) &&
				!strings.Contains(p.Transcript(), fmt.Sprintf("<- received %s {exchange_reply{exchange:%d", name, id)) {
				answers(p, name)
			}
		}
		for _, peer := range pending(p, messages.OpClose) {
			p.Succeed(messages.OpClose, peer)
		}
	}
}

func own(version uint64) *tman.Own { return &tman.Own{Version: version} }

func request(exchange uint64, sample ...*tman.Candidate) *tman.Message {
	return &tman.Message{Body: &tman.Message_ExchangeRequest{ExchangeRequest: &tman.ExchangeRequest{Exchange: exchange, Own: own(1), Sample: sample}}}
}

func reply(exchange uint64, sample ...*tman.Candidate) *tman.Message {
	return &tman.Message{Body: &tman.Message_ExchangeReply{ExchangeReply: &tman.ExchangeReply{Exchange: exchange, Own: own(1), Sample: sample}}}
}

// of is what somebody tells of a peer, and the relays to it.
func of(peer string, version uint64, relays ...string) *tman.Candidate {
	c := &tman.Candidate{Peer: protocoltest.Peer(peer).Bytes(), Version: version}
	for _, r := range relays {
		c.Route = append(c.Route, protocoltest.Peer(r).Bytes())
	}
	return c
}

// pending lists the peers of the requests of a kind that wait for an answer.
func pending(p *protocoltest.Port, op messages.Op) []string {
	names := []string{}
	for _, r := range p.Pending() {
		if r.Op == op {
			names = append(names, protocoltest.Name(r.Peer))
		}
	}
	return names
}

// opens lets all pending opens succeed.
func opens(p *protocoltest.Port) {
	for _, peer := range pending(p, messages.OpOpen) {
		p.Succeed(messages.OpOpen, peer)
	}
}

func view(p *protocoltest.Port) []string {
	names := []string{}
	for a := range p.View().Out.All() {
		names = append(names, strings.Repeat(protocoltest.Name(a.Peer), a.Count))
	}
	return names
}

// told lists whom the last message to a peer names, best first.
func told(p *protocoltest.Port, peer string) []string {
	names := []string{}
	for _, s := range p.Sent {
		if protocoltest.Name(s.To) != peer {
			continue
		}
		m := s.Message.(*tman.Message)
		names = []string{}
		for _, c := range append(m.GetExchangeRequest().GetSample(), m.GetExchangeReply().GetSample()...) {
			names = append(names, protocoltest.Name(messages.PeerID(c.GetPeer())))
		}
	}
	return names
}

// ring is a peer m of a ring with arcs to l and n, that knows a, z and k too.
func ring() *protocoltest.Port {
	p := start(two)
	samples(p, "l", "n", "z")
	for _, peer := range []string{"l", "n", "z"} {
		answers(p, peer)
	}
	opens(p)
	p.Receive("z", request(1, of("a", 1), of("k", 1)))
	pass(p, 30*time.Second)
	Expect(view(p)).To(Equal([]string{"l", "n"}))
	return p
}

var _ = Describe("T-Man, as a transcript", func() {
	It("enters along the arcs of the sampling protocol", func() {
		p := protocoltest.NewPort("m", protocol(two), 1)
		p.Deliver(messages.Started{})
		samples(p, "c", "x")
		answers(p, "c")
		p.Succeed(messages.OpOpen, "c")
		answers(p, "x")
		p.Succeed(messages.OpOpen, "x")
		p.Deliver(messages.Told{From: "spray", Event: messages.Sample{Peers: []messages.PeerID{protocoltest.Peer("c"), protocoltest.Peer("x")}}})
		protocoltest.Golden(GinkgoT(), "enter", p.Transcript())
	})

	It("exchanges descriptors, and opens arcs to those that rank better", func() {
		p := start(two)
		samples(p, "c", "x")
		answers(p, "c")
		answers(p, "x")
		opens(p)
		p.Note("a period")
		for asked := len(p.Sent); len(p.Sent) == asked; {
			p.Advance(time.Second)
		}
		partner := protocoltest.Name(p.Sent[len(p.Sent)-1].To)
		p.Note("l is a neighbor of the partner, n is two hops behind it")
		answers(p, partner, of("l", 7), of("n", 7, "q"), of("a", 7))
		opens(p)
		p.Note("the next period closes what ranks worst")
		pass(p, 34*time.Second)
		protocoltest.Golden(GinkgoT(), "exchange", p.Transcript())
		Expect(view(p)).To(Equal([]string{"l", "n"}))
	})

	It("answers with those that rank best for who asks", func() {
		p := ring()
		p.Receive("z", request(9, of("y", 1)))
		protocoltest.Golden(GinkgoT(), "serve", p.Transcript())
		Expect(told(p, "z")).To(HaveLen(4))
		Expect(told(p, "z")[:2]).To(Equal([]string{"a", "n"}), "after z, round the ring; before it")
	})

	It("opens an arc to the next best when one is lost", func() {
		p := ring()
		p.Down("l", messages.CauseCrashed)
		p.Succeed(messages.OpOpen, "k")
		protocoltest.Golden(GinkgoT(), "peerdown", p.Transcript())
		Expect(view(p)).To(Equal([]string{"k", "n"}))
	})

	It("ends at once when the peer leaves", func() {
		p := ring()
		p.Deliver(messages.Leaving{Deadline: p.Now().Add(2 * time.Second)})
		Expect(p.Stopped).To(BeTrue())
		sent, asked := len(p.Sent), len(p.Pending())
		p.Receive("z", request(9))
		p.Down("n", messages.CauseCrashed)
		p.Advance(5 * time.Minute)
		Expect(p.Sent).To(HaveLen(sent))
		Expect(p.Pending()).To(HaveLen(asked))
	})
})

var _ = Describe("The view", func() {
	It("keeps an arc until a better one is there, and the period is over", func() {
		p := ring()
		p.Receive("z", request(9, of("mm", 1)))
		Expect(pending(p, messages.OpClose)).To(BeEmpty())
		p.Succeed(messages.OpOpen, "mm")
		Expect(view(p)).To(Equal([]string{"l", "mm", "n"}))
		Expect(pending(p, messages.OpClose)).To(BeEmpty())
		pass(p, 33*time.Second)
		Expect(view(p)).To(Equal([]string{"l", "mm"}))
	})

	It("does not flap: what ranks first in turns costs an arc a period", func() {
		p := start(func(c *tman.Config) {
			c.View = 1
			c.Rank = tman.Distance(func(_, d tman.Descriptor) float64 { return float64(len(d.Data)) })
		})
		samples(p, "a", "b")
		answers(p, "a")
		answers(p, "b")
		opens(p)
		for i := range uint64(60) { // a and b rank first in turns, every second
			p.Advance(time.Second)
			for j, peer := range []string{"a", "b"} {
				m := request(100+i, of("x", 1))
				m.GetExchangeRequest().Sample = nil
				m.GetExchangeRequest().Own = &tman.Own{Version: i + 2, Data: make([]byte, (int(i)+j)%2)}
				p.Receive(peer, m)
			}
			opens(p)
			for _, peer := range pending(p, messages.OpClose) {
				p.Succeed(messages.OpClose, peer)
			}
		}
		Expect(strings.Count(p.Transcript(), "-> close")).To(BeNumerically("<=", 3))
	})

	It("opens through the peer that told of a candidate, and through its relays", func() {
		p := ring()
		p.Receive("z", request(9, of("mm", 1, "q", "r")))
		Expect(p.Transcript()).To(ContainSubstring("-> open mm via z,q,r"))
	})

	It("cuts off the part of a way that leads through itself", func() {
		p := ring()
		p.Receive("z", request(9, of("mm", 1, "m", "n")))
		Expect(p.Transcript()).To(ContainSubstring("-> open mm via n "))
	})

	It("forgets the way when a relay has parted from the next, and takes another", func() {
		p := ring()
		p.Receive("z", request(9, of("mm", 1, "q")))
		p.Fail(messages.OpOpen, "mm", messages.ErrNotNeighbor)
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
		p.Receive("z", request(10, of("mm", 1, "r")))
		Expect(p.Transcript()).To(ContainSubstring("-> open mm via z,r"))
	})

	It("believes nobody that a peer is there that could not be reached, until Forget is over", func() {
		p := ring()
		p.Receive("z", request(9, of("mm", 1)))
		p.Fail(messages.OpOpen, "mm", messages.ErrTimeout)
		p.Receive("z", request(10, of("mm", 2)))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
		pass(p, 61*time.Second)
		p.Receive("z", request(11, of("mm", 3)))
		Expect(pending(p, messages.OpOpen)).To(ContainElement("mm"))
	})

	It("believes the peer itself at once", func() {
		p := ring()
		p.Receive("z", request(9, of("mm", 1)))
		p.Fail(messages.OpOpen, "mm", messages.ErrTimeout)
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("mm"), Dir: messages.In})
		p.Receive("mm", request(1))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"mm"}))
	})

	It("opens no arc again to who refuses or drops it", func() {
		p := ring()
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("n"), Dir: messages.Out, Cause: messages.CauseDropped})
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"z"}))
	})

	It("asks those it holds arcs to again before their descriptors are too old", func() {
		p := ring()
		sent := len(p.Sent)
		pass(p, 10*time.Minute)
		asked := map[string]bool{}
		for _, s := range p.Sent[sent:] {
			if s.Message.(*tman.Message).GetAsk() != nil {
				asked[protocoltest.Name(s.To)] = true
			}
		}
		Expect(asked).To(Or(HaveKey("l"), HaveKey("n")))
		Expect(view(p)).To(Equal([]string{"l", "n"}))
	})

	It("keeps the arcs of a handler that panicked, and asks for their descriptors", func() {
		first := ring()
		p := protocoltest.NewPort("m", protocol(two), 2)
		p.Adopt(first)
		p.Deliver(messages.Started{Restarted: true})
		answers(p, "l")
		answers(p, "n")
		pass(p, 33*time.Second)
		Expect(view(p)).To(Equal([]string{"l", "n"}))
		Expect(p.Transcript()).NotTo(ContainSubstring("-> close"))
	})

	It("closes no arc only because its descriptor is not known yet", func() {
		p := protocoltest.NewPort("m", protocol(func(c *tman.Config) { c.View, c.Deadline = 2, time.Minute }), 2)
		p.Adopt(ring())
		p.Deliver(messages.Started{Restarted: true})
		p.Advance(31 * time.Second)
		Expect(pending(p, messages.OpClose)).To(BeEmpty())
	})

	It("closes arcs that are there twice", func() {
		p := ring()
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("n"), Dir: messages.Out})
		pass(p, 33*time.Second)
		Expect(view(p)).To(Equal([]string{"l", "n"}))
	})
})

var _ = Describe("An exchange", func() {
	It("takes a partner among the Psi best", func() {
		partners := map[string]bool{}
		for seed := range uint64(30) {
			p := protocoltest.NewPort("m", protocol(func(c *tman.Config) { c.Psi, c.Tabu = 2, 0 }), seed)
			p.Deliver(messages.Started{})
			samples(p, "c", "l", "n", "x")
			for _, peer := range []string{"c", "l", "n", "x"} {
				answers(p, peer)
			}
			p.Advance(30 * time.Second)
			for _, s := range p.Sent {
				if s.Message.(*tman.Message).GetExchangeRequest() != nil {
					partners[protocoltest.Name(s.To)] = true
				}
			}
		}
		Expect(partners).To(And(HaveKey("l"), HaveKey("n"), HaveLen(2)))
	})

	It("passes over the last partners while there are others", func() {
		p := start(func(c *tman.Config) { c.Tabu = 1 })
		samples(p, "l", "n")
		answers(p, "l")
		answers(p, "n")
		pass(p, 5*time.Minute)
		before, times := "", 0
		for _, s := range p.Sent {
			if s.Message.(*tman.Message).GetExchangeRequest() != nil {
				Expect(protocoltest.Name(s.To)).NotTo(Equal(before))
				before = protocoltest.Name(s.To)
				times++
			}
		}
		Expect(times).To(BeNumerically(">=", 8))
	})

	It("opens an arc first to a partner that is no neighbor", func() {
		p := start(func(c *tman.Config) { c.View, c.Psi, c.Tabu = 1, 2, 0 })
		samples(p, "z")
		answers(p, "z")
		opens(p)
		p.Receive("z", request(1, of("n", 1), of("o", 1)))
		opens(p)
		Expect(view(p)).To(Equal([]string{"n", "z"}))
		answers(p, "n")
		for range 30 {
			pass(p, 30*time.Second)
			p.Receive("z", request(1, of("n", 1), of("o", 1)))
			if len(pending(p, messages.OpOpen)) > 0 {
				break
			}
		}
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"o"}))
		p.Succeed(messages.OpOpen, "o")
		_, asks := last(p, "o")
		Expect(asks).To(BeFalse(), "it is an exchange")
	})
})

var _ = Describe("The sampling protocol", func() {
	sample := func(p *protocoltest.Port, from string) []string {
		p.Deliver(messages.Told{From: from, Event: messages.Sample{Peers: []messages.PeerID{
			protocoltest.Peer("b"), protocoltest.Peer("m"), protocoltest.Peer("n"), protocoltest.Peer("z"),
		}}})
		names := []string{}
		for _, s := range p.Sent {
			names = append(names, protocoltest.Name(s.To))
		}
		return names
	}

	It("names peers that are asked for their descriptors, if they are neighbors and not known", func() {
		p := start(func(c *tman.Config) { c.Sample, c.Known = 4, 4 })
		samples(p, "n")
		answers(p, "n")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("z"), Dir: messages.In})
		Expect(sample(p, "spray")).To(Equal([]string{"n", "z"}))
	})

	It("is the only one that is listened to", func() {
		p := start(nil)
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("z"), Dir: messages.In})
		Expect(sample(p, "other")).To(BeEmpty())
		Expect(sample(p, "spray")).To(Equal([]string{"z"}))
	})

	It("does not have all its arcs asked once enough is known", func() {
		p := start(func(c *tman.Config) { c.View, c.Sample = 2, 2 })
		samples(p, "b", "n")
		answers(p, "b")
		answers(p, "n")
		samples(p, "z")
		Expect(p.Sent).To(HaveLen(2))
	})
})

var _ = Describe("Descriptors", func() {
	It("are replaced by telling Describe, and are newer then", func() {
		p := ring()
		p.Deliver(messages.Told{Event: tman.Describe{Data: []byte("here")}})
		d := p.Emitted[len(p.Emitted)-1].(tman.Described).Descriptor
		Expect(d.Data).To(Equal([]byte("here")))
		p.Deliver(messages.Told{Event: tman.Describe{Data: []byte("there")}})
		Expect(p.Emitted[len(p.Emitted)-1].(tman.Described).Descriptor.Version).To(BeNumerically(">", d.Version))
		p.Receive("z", request(9))
		Expect(p.Sent[len(p.Sent)-1].Message.(*tman.Message).GetExchangeReply().GetOwn().GetData()).To(Equal([]byte("there")))
	})

	It("that are too big or not for Rank are refused, and nothing changes", func() {
		p := start(func(c *tman.Config) { c.Rank = tman.Nearest{} })
		for _, data := range [][]byte{make([]byte, tman.MaxData+1), []byte("no coordinates")} {
			p.Deliver(messages.Told{Event: tman.Describe{Data: data}})
			Expect(p.Emitted[len(p.Emitted)-1].(tman.Refused).Err).To(HaveOccurred())
		}
	})

	It("vanish when they are older than TTL", func() {
		p := ring()
		p.Receive("z", request(9))
		Expect(told(p, "z")).To(ContainElement("a"))
		pass(p, 4*time.Minute)
		p.Down("l", messages.CauseCrashed)
		Expect(pending(p, messages.OpOpen)).To(BeEmpty(), "k is too old to be believed")
		p.Receive("z", request(10))
		Expect(told(p, "z")).NotTo(ContainElement("a"))
	})

	It("of coordinates follow from the time that an answer takes", func() {
		after := func(took, rtt time.Duration) []byte {
			p := start(func(c *tman.Config) { c.Rank = tman.Nearest{} })
			if rtt > 0 {
				p.RTTs = map[messages.PeerID]time.Duration{protocoltest.Peer("z"): rtt}
			}
			samples(p, "z")
			p.Advance(took)
			answers(p, "z")
			p.Receive("z", request(9))
			return p.Sent[len(p.Sent)-1].Message.(*tman.Message).GetExchangeReply().GetOwn().GetData()
		}
		near, far := after(20*time.Millisecond, 0), after(80*time.Millisecond, 0)
		Expect(near).NotTo(Equal(far))
		Expect(tman.Nearest{}.Check(near)).To(Succeed())
		By("or that the connection's handshake took, if that is less")
		Expect(after(80*time.Millisecond, 20*time.Millisecond)).To(Equal(near))
		Expect(after(20*time.Millisecond, 80*time.Millisecond)).To(Equal(near))
	})
})

var _ = DescribeTable("A configuration that is refused names the field",
	func(field string, change func(*tman.Config)) {
		c := tman.DefaultConfig()
		change(&c)
		_, err := tman.New(c)
		Expect(err).To(MatchError(ContainSubstring(field)))
		Expect(err).To(MatchError(ContainSubstring("must")))
	},
	Entry("Name is empty", "Name", func(c *tman.Config) { c.Name = "" }),
	Entry("Rank is nil", "Rank", func(c *tman.Config) { c.Rank = nil }),
	Entry("Data is too big", "Data", func(c *tman.Config) { c.Data = make([]byte, 257) }),
	Entry("Data is not for Rank", "Data", func(c *tman.Config) { c.Rank, c.Data = tman.Nearest{}, []byte{1} }),
	Entry("Sampling is itself", "Sampling", func(c *tman.Config) { c.Sampling = c.Name }),
	Entry("View is 0", "View", func(c *tman.Config) { c.View = 0 }),
	Entry("View is too big", "View", func(c *tman.Config) { c.View = 65 }),
	Entry("Sample is 0", "Sample", func(c *tman.Config) { c.Sample = 0 }),
	Entry("Sample is too big", "Sample", func(c *tman.Config) { c.Sample = 65 }),
	Entry("Psi is 0", "Psi", func(c *tman.Config) { c.Psi = 0 }),
	Entry("Tabu is negative", "Tabu", func(c *tman.Config) { c.Tabu = -1 }),
	Entry("Known is less than Sample", "Known", func(c *tman.Config) { c.Known = 19 }),
	Entry("Known is too big", "Known", func(c *tman.Config) { c.Known = math.MaxInt }),
	Entry("Period is 0", "Period", func(c *tman.Config) { c.Period = 0 }),
	Entry("Deadline is negative", "Deadline", func(c *tman.Config) { c.Deadline = -1 }),
	Entry("TTL is below Period", "TTL", func(c *tman.Config) { c.TTL = time.Second }),
	Entry("Forget is 0", "Forget", func(c *tman.Config) { c.Forget = 0 }),
)
