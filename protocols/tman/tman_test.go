//go:build !js

package tman_test

import (
	"fmt"
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

// two sets a View of 2, which gives the ring, and draws partners from it.
func two(c *tman.Config) { c.View, c.Psi = 2, 2 }

// start returns a peer m that has started.
func start(change func(*tman.Config)) *protocoltest.Port {
	p := protocoltest.NewPort("m", protocol(change), 1)
	p.Quiet = true
	p.Deliver(messages.Started{})
	return p
}

// samples lets the sampling protocol hold an arc to each of the peers.
func samples(p *protocoltest.Port, peers ...string) {
	for _, peer := range peers {
		p.Deliver(messages.Seen{Protocol: "spray", Event: messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out}})
	}
}

// last returns the number of the exchange in the last message to a peer, and whether
// that message was an Ask.
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

// answers lets a peer answer the last message to it: with its own descriptor and, in
// an exchange, a sample.
func answers(p *protocoltest.Port, peer string, sample ...*tman.Candidate) {
	exchange, asks := last(p, peer)
	if asks {
		p.Receive(peer, &tman.Message{Body: &tman.Message_Answer{Answer: &tman.Answer{Exchange: exchange, Own: own(1)}}})
		return
	}
	p.Receive(peer, reply(exchange, sample...))
}

// pass lets time pass. All questions are answered and all arcs closed at once.
// Nothing is opened.
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

// of makes what a third peer tells of a peer, with the relays to it.
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

// told lists the peers that the last message to a peer names, best first.
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

// ring returns a peer m of a ring that has arcs to l and n, and also knows a, z and
// k.
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
