//go:build !js

package wrtc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"reflect"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// leavesNothing fails a spec that leaves goroutines behind.
func leavesNothing() {
	before := goleak.IgnoreCurrent()
	DeferCleanup(func() {
		Eventually(func() error { return goleak.Find(before) }, patience).Should(Succeed())
	})
}

var _ = Describe("a connection over loopback", func() {
	var a, b *end

	BeforeEach(func() {
		leavesNothing()
		t := GinkgoT()
		a, b = open(t, newTransport(t, loopback(t)), newTransport(t, loopback(t)))
	})

	It("tells both ends the same fingerprints, and before anything that arrives", func() {
		for _, pair := range [][2]*end{{a, b}, {b, a}} {
			opened := find[actors.ConnOpened](pair[0])
			Expect(opened.Local).To(Equal(pair[0].transport.Fingerprint()))
			Expect(opened.Remote).To(Equal(pair[1].transport.Fingerprint()))
		}
	})

	It("carries envelopes both ways", func() {
		Expect(a.Send(protocols.Ordered, envelope([]byte("ping")))).To(Succeed())
		Expect(string(b.received(1)[0].Payload)).To(Equal("ping"))
		Expect(b.Send(protocols.Ordered, messages.Envelope{Message: &messages.Leave{}})).To(Succeed())
		Expect(a.received(1)[0].Message).To(BeAssignableToTypeOf(&messages.Leave{}))
	})

	It("carries every size up to 1 MiB and refuses more", func() {
		for _, n := range []int{0, 1, 1000, 16<<10 - 9, 16<<10 - 8, 16<<10 - 7, 16 << 10, 100_000, messages.MaxMessage} {
			payload := bytes.Repeat([]byte{byte(n)}, n)
			Expect(a.Send(protocols.Ordered, envelope(payload))).To(Succeed())
			got := b.received(1)
			Expect(got).To(HaveLen(1))
			Expect(bytes.Equal(got[0].Payload, payload)).To(BeTrue(), "%d bytes", n)
		}
		Expect(a.Send(protocols.Ordered, envelope(make([]byte, messages.MaxMessage+1)))).To(MatchError(messages.ErrTooBig))
	})

	It("keeps the order, of large and small", func() {
		const count = 300
		random := rand.New(rand.NewPCG(1, 2))
		go func() {
			defer GinkgoRecover()
			for i := range count {
				payload := make([]byte, 4+random.IntN(40_000))
				binary.BigEndian.PutUint32(payload, uint32(i))
				Expect(a.Send(protocols.Ordered, envelope(payload))).To(Succeed())
				if a.Congested() {
					await[actors.ConnWritable](a)
				}
			}
		}()
		for i, e := range b.received(count) {
			Expect(binary.BigEndian.Uint32(e.Payload)).To(BeEquivalentTo(i))
		}
	})

	It("opens the other classes once each, and carries their messages", func() {
		for _, class := range []protocols.Delivery{protocols.Reliable, protocols.Lossy} {
			openClass(a, b, class)
			a.OpenClass(class)
			for _, n := range []int{10, 16 << 8} {
				Expect(a.Send(class, envelope(make([]byte, n)))).To(Succeed())
				got := await[actors.ConnReceived](b)
				Expect(got.Class).To(Equal(class))
				Expect(got.Envelopes[0].Payload).To(HaveLen(n))
			}
			Expect(count(a.all(), actors.ConnClassOpened{Class: class})).To(Equal(1))
		}
		Expect(a.Send(protocols.Reliable, envelope(make([]byte, 100_000)))).To(Succeed())
		Expect(b.received(1)[0].Payload).To(HaveLen(100_000))
		Expect(a.Send(protocols.Lossy, envelope(make([]byte, 16<<10)))).To(MatchError(messages.ErrTooBig))
	})

	It("does not send on a class that is not open", func() {
		Expect(a.Send(protocols.Lossy, envelope(nil))).To(MatchError(messages.ErrClosed))
	})

	It("says when it is congested, holds at most its cap, and says when it has drained", func() {
		payload := make([]byte, 10_000)
		sent := 0
		var err error
		for err == nil {
			if err = a.Send(protocols.Ordered, envelope(payload)); err == nil {
				sent++
			}
		}
		Expect(err).To(MatchError(messages.ErrFull))
		Expect(sent).To(BeNumerically(">=", 400))
		await[actors.ConnWritable](a)
		Expect(a.Congested()).To(BeFalse())
		Expect(b.received(sent)).To(HaveLen(sent))
		Expect(a.Send(protocols.Ordered, envelope(nil))).To(Succeed())
	})

	It("puts small envelopes that wait into common frames", func() {
		total := 0
		for !a.Congested() {
			Expect(a.Send(protocols.Ordered, envelope(make([]byte, 10_000)))).To(Succeed())
			total++
		}
		for range 1000 {
			Expect(a.Send(protocols.Ordered, envelope([]byte("small")))).To(Succeed())
			total++
		}
		b.received(total)
		frames := 0
		for _, e := range b.all() {
			if _, ok := e.(actors.ConnReceived); ok {
				frames++
			}
		}
		Expect(frames).To(BeNumerically("<", total-500))
	})

	It("ends at both ends when one closes, with one last event", func() {
		a.Close(false)
		Expect(await[actors.ConnClosed](a).Err).NotTo(HaveOccurred())
		Expect(await[actors.ConnClosed](b).Err).To(MatchError(messages.ErrClosed))
		Expect(a.Send(protocols.Ordered, envelope(nil))).To(MatchError(messages.ErrClosed))
		b.Close(true)
		a.Close(true)
		a.transport.Close()
		b.transport.Close()
		a.transport.Wait()
		b.transport.Wait()
		for _, e := range []*end{a, b} {
			all := e.all()
			Expect(all[len(all)-1]).To(BeAssignableToTypeOf(actors.ConnClosed{}))
			Expect(all).NotTo(ContainElement(BeAssignableToTypeOf(actors.ConnViolated{})))
			closed := 0
			for _, event := range all {
				if _, ok := event.(actors.ConnClosed); ok {
					closed++
				}
			}
			Expect(closed).To(Equal(1))
		}
	})

	It("delivers what was sent before it closes with flush", func() {
		for range 40 {
			Expect(a.Send(protocols.Ordered, envelope(make([]byte, 30_000)))).To(Succeed())
		}
		Expect(a.Send(protocols.Ordered, messages.Envelope{Message: &messages.Leave{}})).To(Succeed())
		a.Close(true)
		got := b.received(41)
		Expect(got[40].Message).To(BeAssignableToTypeOf(&messages.Leave{}))
		Expect(await[actors.ConnClosed](b).Err).To(HaveOccurred())
		Expect(await[actors.ConnClosed](a).Err).NotTo(HaveOccurred())
	})

	It("ends when its transport does", func() {
		a.transport.Close()
		await[actors.ConnClosed](a)
		await[actors.ConnClosed](b)
		late := connect(a.t, a.transport)
		Expect(await[actors.ConnClosed](late).Err).To(MatchError(messages.ErrClosed))
		Expect(late.all()).To(HaveLen(1))
	})

	It("lets its methods be called from an event", func() {
		b.onEvent(func(event actors.ConnEvent) {
			if _, ok := event.(actors.ConnReceived); ok {
				_ = b.Send(protocols.Ordered, envelope([]byte("echo")))
				_ = b.Congested()
				b.Close(true)
			}
		})
		Expect(a.Send(protocols.Ordered, envelope(nil))).To(Succeed())
		Expect(string(a.received(1)[0].Payload)).To(Equal("echo"))
		await[actors.ConnClosed](a)
	})
})

var _ = Describe("an attempt to connect", func() {
	var a *end

	BeforeEach(func() {
		leavesNothing()
		t := GinkgoT()
		a = connect(t, newTransport(t, loopback(t)))
	})

	It("can be closed before, while and after it makes its offer", func() {
		a.Close(false)
		Expect(await[actors.ConnClosed](a).Err).NotTo(HaveOccurred())
		for range 20 {
			e := connect(a.t, a.transport)
			e.Offer()
			e.Close(true)
			await[actors.ConnClosed](e)
		}
		e := connect(a.t, a.transport)
		e.Offer()
		await[actors.ConnSignal](e)
		e.Close(false)
		await[actors.ConnClosed](e)
	})

	It("can be closed at any moment of the handshake", func() {
		other := newTransport(a.t, loopback(a.t))
		for i := range 30 {
			x, y := connect(a.t, a.transport), connect(a.t, other)
			x.Offer()
			y.Answer(await[actors.ConnSignal](x).SDP)
			x.Accept(await[actors.ConnSignal](y).SDP)
			if i%2 == 0 {
				x, y = y, x
			}
			for range i * 2000 { // a little later each time, without a clock
				_ = x.Congested()
			}
			x.Close(i%3 == 0)
			await[actors.ConnClosed](x)
			y.Close(false)
			await[actors.ConnClosed](y)
		}
	})

	It("ends when the description is none, with an error that says so", func() {
		for _, text := range []string{"", "garbage", description()[:100]} {
			e := connect(a.t, a.transport)
			e.Answer(text)
			Expect(await[actors.ConnClosed](e).Err).To(MatchError(messages.ErrMalformed))
		}
		a.Offer()
		await[actors.ConnSignal](a)
		a.Accept("v=0")
		Expect(await[actors.ConnClosed](a).Err).To(MatchError(messages.ErrMalformed))
	})

	It("ends when an answer comes without an offer, or a second offer", func() {
		e := connect(a.t, a.transport)
		e.Accept(description())
		Expect(await[actors.ConnClosed](e).Err).To(HaveOccurred())
		a.Offer()
		a.Answer(description())
		Expect(await[actors.ConnClosed](a).Err).To(HaveOccurred())
	})

	It("does not open to another certificate than that of the answer", func() {
		b := connect(a.t, newTransport(a.t, loopback(a.t)))
		a.Offer()
		b.Answer(await[actors.ConnSignal](a).SDP)
		answer := await[actors.ConnSignal](b).SDP
		forged, err := replaceFingerprint(answer)
		Expect(err).NotTo(HaveOccurred())
		a.Accept(forged)
		Expect(await[actors.ConnClosed](a).Err).To(HaveOccurred())
		Expect(a.all()).NotTo(ContainElement(BeAssignableToTypeOf(actors.ConnOpened{})))
	})
})

// replaceFingerprint replaces the fingerprint of a session description.
func replaceFingerprint(text string) (string, error) {
	at := bytes.Index([]byte(text), []byte("sha-256 "))
	if at < 0 {
		return "", errors.New("no fingerprint")
	}
	b := []byte(text)
	copy(b[at+8:], "00:00:00:00:00:00")
	return string(b), nil
}

var _ = Describe("a configuration", func() {
	DescribeTable("that cannot be used is refused with its reason, before anything starts",
		func(change func(*wrtc.Config), reason string) {
			leavesNothing()
			cfg := wrtc.DefaultConfig()
			change(&cfg)
			_, err := wrtc.NewWorld(cfg)
			Expect(err).To(MatchError(ContainSubstring(reason)))
		},
		Entry("not a URL", func(c *wrtc.Config) { c.ICEServers = []wrtc.ICEServer{{URLs: []string{"example.org"}}} }, "example.org"),
		Entry("no URL", func(c *wrtc.Config) { c.ICEServers = []wrtc.ICEServer{{}} }, "no URL"),
		Entry("HTTP", func(c *wrtc.Config) { c.ICEServers = []wrtc.ICEServer{{URLs: []string{"http://x"}}} }, "http://x"),
		Entry("TURN over TCP", func(c *wrtc.Config) {
			c.ICEServers = []wrtc.ICEServer{{URLs: []string{"turn:x:1?transport=tcp"}, Username: "u", Credential: "c"}}
		}, "only stun: and turn: over UDP"),
		Entry("TURN without credentials", func(c *wrtc.Config) { c.ICEServers = []wrtc.ICEServer{{URLs: []string{"turn:x:1"}}} }, "Username"),
		Entry("port", func(c *wrtc.Config) { c.ICEServers = []wrtc.ICEServer{{URLs: []string{"stun:x:0"}}} }, "port"),
		Entry("interface", func(c *wrtc.Config) { c.Interfaces = []string{"nowhere7"} }, "nowhere7"),
		Entry("buffer", func(c *wrtc.Config) { c.ReceiveBuffer = 1 }, "ReceiveBuffer"),
		Entry("key", func(c *wrtc.Config) { c.Key = make([]byte, 3) }, "Key"),
		Entry("timeout", func(c *wrtc.Config) { c.FailedTimeout = -1 }, "FailedTimeout"),
		Entry("keepalive", func(c *wrtc.Config) { c.Keepalive = c.DisconnectedTimeout }, "Keepalive"),
	)

	It("makes a world in which each purpose has its own random numbers", func() {
		world, err := wrtc.NewWorld(wrtc.Config{})
		Expect(err).NotTo(HaveOccurred())
		defer world.Transport.Close()
		Expect(world.Rand("a").Uint64()).NotTo(Equal(world.Rand("b").Uint64()))
		Expect(world.Identity.ID().IsZero()).To(BeFalse())
		Expect(world.Dispatcher).NotTo(BeNil())
	})
})

func count(all []actors.ConnEvent, event actors.ConnEvent) (n int) {
	for _, e := range all {
		if reflect.DeepEqual(e, event) {
			n++
		}
	}
	return n
}
