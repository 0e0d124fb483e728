//go:build !js

package tman_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

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
		for i := range uint64(60) { // a and b rank first in turn, every second
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
