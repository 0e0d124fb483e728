//go:build !js

package tman_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

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
