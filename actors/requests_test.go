//go:build !js

package actors_test

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

var _ = Describe("the handle of a peer", func() {
	var (
		r   *room
		ctx = context.Background()
	)
	BeforeEach(func() {
		r = newRoom("a", "b", "c")
		r.join("a", "b", "c")
	})

	It("makes every request and returns when it has ended", func() {
		a, b := r.peers["a"], r.peers["b"]
		Expect(a.Open(ctx, "lab", r.id("b"))).To(Succeed())
		Expect(b.Open(ctx, "lab", r.id("c"))).To(Succeed())
		Expect(a.Lock(ctx, "lab", r.id("b"))).To(Succeed())
		Expect(a.Close(ctx, "lab", r.id("b"))).To(MatchError(messages.ErrLocked))
		Expect(a.Unlock(ctx, "lab", r.id("b"))).To(Succeed())
		Expect(b.Introduce(ctx, "lab", r.id("a"), r.id("c"), messages.Views{From: messages.InView, To: messages.OutView})).To(Succeed())
		Expect(b.Invite(ctx, "lab", r.id("a"))).To(Succeed())
		Expect(r.views("a")).To(Equal("out b:2 c:1 in"))
		Expect(r.peers["c"].Send("lab", r.id("a"), wrapperspb.Bytes([]byte("hi")))).To(Succeed())
		r.run(time.Second)
		Expect(a.events).To(ContainElement(WithTransform(isReceived, BeTrue())))
		Expect(b.Drop(ctx, "lab", r.id("a"))).To(Succeed())
		r.run(time.Second)
		Expect(a.Close(ctx, "lab", r.id("c"))).To(Succeed())
		Expect(r.views("a")).To(Equal("out in"))
		Expect(a.Neighbors(ctx)).To(BeEmpty())
	})

	It("knows whether newcomers can find the peer", func() {
		Expect(r.snapshot("a").Linked).To(BeTrue())
		r.peers["a"].room.Leave()
		r.run(time.Second)
		Expect(r.snapshot("a").Linked).To(BeFalse())
		r.join("a")
		Expect(r.snapshot("a").Linked).To(BeTrue())
		Expect(r.snapshot(r.names[r.start("d").ID()]).Linked).To(BeFalse())
	})

	It("names members of the room", func() {
		a := r.peers["a"]
		Expect(a.Contacts(ctx, "lab", 5)).To(ConsistOf(r.id("b"), r.id("c")))
		Expect(a.Contacts(ctx, "lab", 1)).To(HaveLen(1))
		for _, n := range []int{0, messages.MaxContacts + 1} {
			peers, err := a.Contacts(ctx, "lab", n)
			Expect(peers).To(BeEmpty())
			Expect(err).To(MatchError(messages.ErrTooBig))
		}
		_, err := a.Contacts(ctx, "none", 1)
		Expect(err).To(MatchError(messages.ErrNoProtocol))
	})

	It("says what went wrong, and with whom", func() {
		a := r.peers["a"]
		Expect(a.Open(ctx, "none", r.id("b"))).To(MatchError(messages.ErrNoProtocol))
		err := a.Close(ctx, "lab", r.id("b"))
		Expect(err).To(MatchError(messages.ErrNoArc))
		Expect(err.Error()).To(ContainSubstring(r.id("b").String()))
		r.silent[r.id("c")] = true
		Expect(a.Open(ctx, "lab", r.id("c"))).To(MatchError(messages.ErrTimeout))
		Expect(r.peers["b"].Leave(ctx)).To(Succeed())
		Expect(r.peers["b"].Open(ctx, "lab", r.id("a"))).To(MatchError(messages.ErrClosed))
	})

	It("tells a service that was not given from one that cannot be reached and from its own end", func() {
		world := r.world("d")
		world.Rendezvous = nil
		d, err := actors.Start(r.system, world, quick())
		Expect(err).NotTo(HaveOccurred())
		_, err = d.Spawn(ctx, lab)
		Expect(err).NotTo(HaveOccurred())
		_, err = d.Join(ctx, "room")
		Expect(messages.CodeOf(err)).To(Equal(messages.ErrNoRendezvous))
		_, err = d.Contacts(ctx, "lab", 1)
		Expect(messages.CodeOf(err)).To(Equal(messages.ErrNoRendezvous))

		r.down = errors.New("connection refused")
		e := r.start("e")
		_, err = e.Join(ctx, "room")
		Expect(messages.CodeOf(err)).To(Equal(messages.ErrUnreachable))
		Expect(err).To(MatchError(r.down))

		Expect(e.Leave(ctx)).To(Succeed())
		_, err = e.Join(ctx, "room")
		Expect(messages.CodeOf(err)).To(Equal(messages.ErrClosed))
	})

	It("has tickets apart from those of senders to the protocol's PID", func() {
		a := r.peers["a"]
		for t := range messages.Ticket(10) {
			r.system.Root.Send(a.lab, messages.Close{Ticket: t, Peer: r.id("c")})
		}
		Expect(a.Open(ctx, "lab", r.id("b"))).To(Succeed())
		Expect(r.views("a")).To(Equal("out b:1 in"))
		Expect(code(r.outcome("a", 1))).To(Equal(messages.ErrNoArc))
	})
})
