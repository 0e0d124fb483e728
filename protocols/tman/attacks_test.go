//go:build !js

package tman_test

import (
	"fmt"
	"math"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

// dataOf returns the data of a peer's descriptor as m tells it to z.
func dataOf(p *protocoltest.Port, peer string) string {
	p.Receive("z", request(77))
	for _, c := range p.Sent[len(p.Sent)-1].Message.(*tman.Message).GetExchangeReply().GetSample() {
		if protocoltest.Name(messages.PeerID(c.GetPeer())) == peer {
			return string(c.GetData())
		}
	}
	return "unknown"
}

func with(c *tman.Candidate, data string, age uint32) *tman.Candidate {
	c.Data, c.Age = []byte(data), age
	return c
}

var _ = Describe("Attacks", func() {
	It("malformed messages: they are counted and change nothing", func() {
		p := ring()
		before, ignored := p.View(), p.Metrics["ignored"]
		long := of("mm", 1)
		for i := range messages.MaxRoute {
			long.Route = append(long.Route, protocoltest.Peer(fmt.Sprint("r", i)).Bytes())
		}
		garbage := []*tman.Message{
			{},
			request(0), reply(0), request(1, of("mm", 0)), request(1, of("mm", 1<<48+1)), request(1, of("mm", math.MaxUint64)),
			request(1, &tman.Candidate{Version: 1}), request(1, &tman.Candidate{Version: 1, Peer: []byte("short")}), request(1, nil),
			request(1, of("mm", 1, "q", "q")), request(1, of("mm", 1, "z")), request(1, of("mm", 1, "mm")), request(1, long),
			{Body: &tman.Message_Ask{}},
			{Body: &tman.Message_Answer{Answer: &tman.Answer{Exchange: 1}}},
			{Body: &tman.Message_ExchangeRequest{ExchangeRequest: &tman.ExchangeRequest{Exchange: 1}}},
		}
		for _, m := range garbage {
			p.Receive("z", m)
		}
		Expect(p.Metrics["ignored"] - ignored).To(BeNumerically("==", len(garbage)))
		Expect(p.View()).To(Equal(before))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
	})

	It("oversized messages: too many descriptors, too much data", func() {
		p := ring()
		ignored := p.Metrics["ignored"]
		many := request(1)
		for i := range tman.MaxSample + 1 {
			many.GetExchangeRequest().Sample = append(many.GetExchangeRequest().Sample, of(fmt.Sprint("mm", i), 1))
		}
		p.Receive("z", many)
		p.Receive("z", request(1, with(of("mm", 1), string(make([]byte, tman.MaxData+1)), 0)))
		Expect(p.Metrics["ignored"] - ignored).To(Equal(2.0))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
	})

	It("NaN coordinates: nobody can take a place with what is no number", func() {
		Expect(tman.Nearest{}.Check(make([]byte, 32))).NotTo(Succeed(), "an error of 0 outweighs all others")
		p := start(func(c *tman.Config) { c.Rank = tman.Nearest{} })
		samples(p, "z")
		answers(p, "z")
		nan := string(append([]byte{0x7f, 0xf8, 0, 0, 0, 0, 0, 0}, make([]byte, 24)...))
		p.Receive("z", request(1, with(of("mm", 1), nan, 0)))
		Expect(p.Metrics["ignored"]).To(Equal(1.0))
		Expect(pending(p, messages.OpOpen)).NotTo(ContainElement("mm"))
	})

	It("stale descriptors: what is older than TTL is not taken over", func() {
		p := ring()
		p.Receive("z", request(1, with(of("mm", 1), "", 181_000)))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
	})

	It("rolled-back descriptors: an older version does not replace a newer", func() {
		p := ring()
		p.Receive("z", request(1, with(of("y", 5), "new", 0)))
		p.Receive("z", request(2, with(of("y", 4), "old", 0)))
		Expect(p.Emitted[len(p.Emitted)-1].(tman.Exchanged).News).To(BeZero())
		Expect(dataOf(p, "y")).To(Equal("new"))
	})

	It("made young again: the same version told once more becomes no younger", func() {
		p := ring()
		p.Receive("z", request(1, with(of("y", 5), "", 170_000)))
		p.Receive("z", request(2, with(of("y", 5), "", 0)))
		pass(p, 12e9)
		Expect(dataOf(p, "y")).To(Equal("unknown"))
	})

	It("descriptors forged for others: the owner's word stands against it", func() {
		p := ring()
		p.Receive("z", request(1, with(of("n", 1<<48), "forged", 0)))
		Expect(dataOf(p, "n")).To(BeEmpty())
		By("and comes first when it is heard later")
		p.Receive("z", request(2, with(of("y", 1<<48), "forged", 0)))
		Expect(dataOf(p, "y")).To(Equal("forged"))
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("y"), Dir: messages.In})
		p.Receive("y", request(3))
		pass(p, 33e9)
		Expect(dataOf(p, "y")).To(BeEmpty())
	})

	It("descriptors forged for us: we issue a newer one", func() {
		p := ring()
		p.Receive("z", request(1, of("m", 1<<47)))
		p.Receive("l", request(2))
		Expect(p.Sent[len(p.Sent)-1].Message.(*tman.Message).GetExchangeReply().GetOwn().GetVersion()).To(BeEquivalentTo(1<<47 + 1))
		p.Receive("z", request(3, of("m", 1<<48)))
		p.Receive("l", request(4))
		Expect(p.Sent[len(p.Sent)-1].Message.(*tman.Message).GetExchangeReply().GetOwn().GetVersion()).To(BeEquivalentTo(1 << 48))
	})

	It("contradictory descriptors in one message: the newest counts, and no peer is known twice", func() {
		p := ring()
		p.Receive("z", request(1, with(of("y", 5), "five", 0), with(of("y", 7), "seven", 0), with(of("y", 6), "six", 0)))
		Expect(dataOf(p, "y")).To(Equal("seven"))
		names := map[string]int{}
		for _, name := range told(p, "z") {
			names[name]++
			Expect(names[name]).To(Equal(1))
		}
	})

	It("a sample that names its sender or its receiver: neither counts", func() {
		p := ring()
		p.Receive("z", request(1, with(of("z", 1<<48), "forged", 0), of("m", 1)))
		Expect(p.Emitted[len(p.Emitted)-1].(tman.Exchanged).News).To(BeZero())
		p.Receive("l", request(2))
		Expect(told(p, "l")).NotTo(Or(ContainElement("m"), ContainElement("l")))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
	})

	It("a flood of candidates: what is known and what is opened stays bounded", func() {
		p := start(func(c *tman.Config) { c.View, c.Known = 3, 30 })
		samples(p, "z")
		answers(p, "z")
		for i := range 40 {
			from := fmt.Sprint("z", i)
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(from), Dir: messages.In})
			m := request(1)
			for j := range tman.MaxSample {
				m.GetExchangeRequest().Sample = append(m.GetExchangeRequest().Sample, of(fmt.Sprintf("m%d-%d", 99-i, j), 1))
			}
			p.Receive(from, m)
		}
		Expect(len(pending(p, messages.OpOpen)) + p.View().Out.Len()).To(BeNumerically("<=", 6))
		for len(pending(p, messages.OpOpen)) > 0 && p.Metrics["failed_opens"] < 200 {
			p.Fail(messages.OpOpen, pending(p, messages.OpOpen)[0], messages.ErrTimeout)
		}
		Expect(p.Metrics["failed_opens"]).To(BeNumerically("<=", 36), "each of those known was tried once")
	})

	It("a flood of requests: a neighbor gets four answers in a period", func() {
		p := ring()
		pass(p, 33e9)
		sent := len(p.Sent)
		for i := range uint64(100) {
			p.Receive("z", request(i+1))
		}
		Expect(len(p.Sent) - sent).To(BeNumerically("<=", 4))
	})

	It("a flood of neighbors: they get no samples any more, and then no answers", func() {
		p := ring()
		sent := len(p.Sent)
		full := 0
		for i := range 600 {
			p.Receive(fmt.Sprint("q", i), request(1))
		}
		for _, s := range p.Sent[sent:] {
			if len(s.Message.(*tman.Message).GetExchangeReply().GetSample()) > 0 {
				full++
			}
		}
		Expect(full).To(BeNumerically("<=", 64))
		Expect(len(p.Sent) - sent).To(BeNumerically("<=", 512))
	})

	It("answers that nobody asked for, of another peer, or told twice: they are ignored", func() {
		p := start(two)
		samples(p, "l", "z")
		exchange, _ := last(p, "l")
		p.Receive("z", reply(exchange, of("n", 1)))
		p.Receive("l", reply(exchange+1, of("n", 1)))
		answers(p, "l")
		answers(p, "l", of("n", 1))
		Expect(p.Metrics["ignored"]).To(Equal(3.0))
		By("and an answer to a question for its own descriptor tells of nobody else")
		exchange, _ = last(p, "z")
		p.Receive("z", reply(exchange, of("n", 1)))
		Expect(pending(p, messages.OpOpen)).To(ConsistOf("l", "z"))
	})

	It("peers that never answer: they are forgotten, and their arcs closed", func() {
		p := ring()
		for range 40 {
			p.Advance(10e9)
		}
		Expect(pending(p, messages.OpClose)).To(ConsistOf("l", "n"))
		Expect(p.Metrics["unanswered"]).To(BeNumerically(">=", 3))
		p.Receive("k", request(5))
		Expect(told(p, "k")).To(BeEmpty())
	})

	It("neighbors that refuse all arcs: each is tried once in Forget", func() {
		p := start(nil)
		samples(p, "a", "b", "c")
		for _, peer := range []string{"a", "b", "c"} {
			answers(p, peer)
		}
		for range 1000 {
			if len(pending(p, messages.OpOpen)) == 0 {
				break
			}
			p.Fail(messages.OpOpen, pending(p, messages.OpOpen)[0], messages.ErrFull)
		}
		Expect(p.Metrics["failed_opens"]).To(Equal(3.0))
	})

	It("a relay that refuses all ways: each telling costs one attempt", func() {
		p := ring()
		for i := range uint64(4) {
			p.Receive("z", request(i+10, of("mm", i+1, "q")))
			for range 100 {
				if len(pending(p, messages.OpOpen)) == 0 {
					break
				}
				p.Fail(messages.OpOpen, "mm", messages.ErrRate)
			}
		}
		Expect(p.Metrics["failed_opens"]).To(BeNumerically("<=", 4))
	})
})

// FuzzReceived checks that no message of a remote peer makes the handler panic,
// open too many arcs, or list itself.
func FuzzReceived(f *testing.F) {
	for _, m := range []*tman.Message{request(1, of("mm", 1, "q")), reply(1), {Body: &tman.Message_Ask{Ask: &tman.Ask{Exchange: 1}}}} {
		data, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := &tman.Message{}
		if proto.Unmarshal(data, m) != nil {
			return
		}
		for _, rank := range []tman.Rank{tman.Ring{}, tman.Line{}, tman.Nearest{}} {
			p := start(func(c *tman.Config) { c.Rank = rank })
			samples(p, "z")
			p.Receive("z", m)
			p.Receive("y", request(1))
			if n := len(p.Pending()) + p.View().Out.Len(); n > 8 {
				t.Fatalf("%d arcs were opened", n)
			}
			for _, name := range told(p, "y") {
				if name == "m" || name == "y" {
					t.Fatalf("y was told of %s", name)
				}
			}
		}
	})
}
