//go:build !js

package wrtc_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/n2n-overlay/n2n/messages"
)

var _ = Describe("the whole path over loopback UDP", func() {
	var (
		r       *room
		a, b, c *node
	)
	// trio makes a room in which b joined through a, and c through b's arc.
	trio := func() {
		r = loopbackRoom(GinkgoTB())
		a, b, c = r.start(loopback(GinkgoTB())), r.start(loopback(GinkgoTB())), r.start(loopback(GinkgoTB()))
		for _, n := range []*node{a, b, c} {
			n.join()
		}
		a.mustOpen(b)
		b.mustOpen(c)
	}

	It("connects through a neighbour once the server is gone", func() {
		trio()
		r.stop()
		Expect(b.introduce(a, c)).To(BeAssignableToTypeOf(messages.Introduced{}))
		c.waitArc(a)
		a.send(c, "hello")
		Expect(c.waitText(a)).To(Equal("hello"))
		c.send(a, "and back")
		Expect(a.waitText(c)).To(Equal("and back"))
		Expect(b.counter("neighbour_signals")).To(Equal(2.0))
		Expect(r.server.Stats().Signals).To(BeEquivalentTo(4))
		Expect(a.counter("connections_authenticated")).To(Equal(2.0))
	})

	It("opens along a path that the caller names", func() {
		trio()
		r.stop()
		Expect(a.open(c, b.ID())).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		c.waitArc(a)
	})

	It("notices who leaves and who crashes", func() {
		trio()
		down := func(e any) bool { _, ok := e.(messages.PeerDown); return ok }
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		Expect(c.Leave(ctx)).To(Succeed())
		Expect(b.wait("end", down)).To(Equal(messages.PeerDown{Peer: c.ID(), Out: 1, Cause: messages.CauseLeft}))
		a.Crash()
		Expect(b.wait("end", down)).To(Equal(messages.PeerDown{Peer: a.ID(), In: 1, Cause: messages.CauseCrashed}))
	})

	It("leaves no goroutine behind", func() {
		before := goleak.IgnoreCurrent()
		trio()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		for _, n := range []*node{a, b, c} {
			Expect(n.Leave(ctx)).To(Succeed())
			n.transport.Wait()
		}
		r.stop()
		Eventually(func() error { return goleak.Find(before) }, patience, 50*time.Millisecond).Should(Succeed())
	})
})
