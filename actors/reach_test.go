//go:build !js

package actors_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("an offer over several relays", func() {
	var r *room
	BeforeEach(func() { // a chain
		r = newRoom("a", "b", "c", "d")
		r.join("a", "b", "c", "d")
		r.open("a", "b")
		r.open("b", "c")
		r.open("c", "d")
		for _, m := range r.peers {
			m.room.Leave()
		}
		r.run(time.Second)
	})
	far := func(reach int) messages.Ticket {
		p := protocols.Protocol{Name: "far", Reach: reach}
		r.spawn("d", p)
		pid := r.spawn("a", p)
		r.system.Root.Send(pid, messages.Open{Ticket: 1, Peer: r.id("d"), Via: []messages.PeerID{r.id("b"), r.id("c")}})
		r.run(time.Second)
		return 1
	}

	It("is refused when nobody asked for it", func() {
		Expect(code(r.open("a", "d", "b", "c"))).To(Equal(messages.ErrRefused))
		s := r.snapshot("d")
		Expect(s.Counters["offers_from_afar"]).To(Equal(1.0))
		Expect(s.Counters["offers_refused"]).To(Equal(1.0))
		Expect(s.Pending).To(BeEmpty())
		Expect(r.open("b", "d", "c")).To(BeAssignableToTypeOf(messages.ArcOpened{}), "one relay is near enough")
	})

	It("is answered for a protocol that reaches so far", func() {
		far(2)
		Expect(r.snapshot("d").Views["far"].In.Count(r.id("a"))).To(Equal(1))
	})

	It("is refused for a protocol that does not reach so far", func() {
		far(1)
		Expect(r.snapshot("d").Views["far"].In.Len()).To(BeZero())
		Expect(r.snapshot("d").Counters["offers_from_afar"]).To(Equal(1.0))
	})

	It("is answered by who has asked for the peer itself", func() {
		open := func(from, to string, via ...string) messages.Ticket {
			return r.ask(from, func(t messages.Ticket) any {
				return messages.Open{Ticket: t, Peer: r.id(to), Via: []messages.PeerID{r.id(via[0]), r.id(via[1])}}
			})
		}
		ta, td := open("a", "d", "b", "c"), open("d", "a", "c", "b")
		r.run(time.Second)
		Expect(r.outcome("a", ta)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome("d", td)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		r.agree("a", "d")
	})

	It("goes no farther than eight relays, and no description asks for more", func() {
		nine := make([]messages.PeerID, 9)
		for i := range nine {
			nine[i] = stranger(i)
		}
		e := r.do("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("d"), Via: nine} })
		Expect(code(e)).To(Equal(messages.ErrTooBig))
		_, err := r.peers["a"].Spawn(context.Background(), protocols.Protocol{Name: "p", Reach: 9})
		Expect(err).To(MatchError(ContainSubstring("must be 0 to 8")))
	})
})
