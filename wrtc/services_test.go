//go:build !js

package wrtc_test

import (
	"log/slog"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/hall"
	"github.com/n2n-overlay/n2n/signaling/several"
)

// through gives a peer these services as its rendezvous.
func through(services ...func(actors.World) several.Service) func(*actors.World) {
	return func(world *actors.World) {
		var all []several.Service
		for _, service := range services {
			all = append(all, service(*world))
		}
		services, err := several.New(several.Config{Services: all, Logger: slog.New(slog.DiscardHandler)})
		Expect(err).NotTo(HaveOccurred())
		world.Rendezvous = services
	}
}

// service returns the link of a peer to the server of a room.
func (r *room) service(world actors.World) several.Service {
	link, err := client.New(client.Config{URL: r.url, Identity: world.Identity, Logger: slog.New(slog.DiscardHandler)})
	Expect(err).NotTo(HaveOccurred())
	return link
}

var _ = Describe("several signaling services under real peers", func() {
	var one, two *room
	BeforeEach(func() { one, two = loopbackRoom(GinkgoTB()), loopbackRoom(GinkgoTB()) })
	start := func(services ...func(actors.World) several.Service) *node {
		GinkgoHelper()
		n := one.start(loopback(GinkgoTB()), through(services...))
		n.join()
		return n
	}
	members := func(r *room, n int) {
		GinkgoHelper()
		Eventually(r.server.Stats).WithTimeout(patience).Should(HaveField("Members", n))
	}
	unknown := HaveField("Err", MatchError(messages.ErrUnknownPeer))

	It("lead to each other those who share one, and others through a neighbour", func() {
		a, b, c := start(one.service), start(two.service), start(one.service, two.service)
		members(one, 2)
		members(two, 2)
		a.mustOpen(c)
		b.mustOpen(c)
		Expect(a.open(b)).To(unknown)
		Expect(a.open(b, c.ID())).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		b.waitArc(a)
	})

	It("let in and connect when one of two servers has been stopped", func() {
		a, b, c := start(one.service, two.service), start(one.service, two.service), start(one.service, two.service)
		members(one, 3)
		members(two, 3)
		a.mustOpen(b)
		one.stop()
		d := start(one.service, two.service)
		d.mustOpen(c)
		d.mustOpen(a)
		b.mustOpen(d)
		two.stop()
		Eventually(func() any { return c.open(b) }).WithTimeout(patience).Should(unknown)
		Expect(c.open(b, d.ID())).To(BeAssignableToTypeOf(messages.ArcOpened{}))
	})

	It("connect peers of one process without a server, beside one", func() {
		lobby, err := hall.New(hall.Config{})
		Expect(err).NotTo(HaveOccurred())
		inside := func(world actors.World) several.Service { return lobby.Link(world.Identity.ID()) }
		a, b, c := start(inside), start(inside, one.service), start(one.service)
		members(one, 2)
		a.mustOpen(b)
		c.mustOpen(b)
		b.mustOpen(c)
		Expect(one.server.Stats().Signals).To(BeEquivalentTo(2), "the offer and the answer of b and c")
		Expect(a.open(c)).To(unknown)
		a.send(b, "hello")
		Expect(b.waitText(a)).To(Equal("hello"))
	})
})
