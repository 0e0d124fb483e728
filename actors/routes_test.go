package actors_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("a path of relays", func() {
	const longest = messages.MaxRoute

	// chain starts n peers, each a neighbour of the next, without a rendezvous.
	chain := func(n int) (*room, []string) {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("p%d", i))
		}
		r := newRoom(names...)
		for i := range n - 1 {
			r.join(names[i], names[i+1])
			Expect(r.open(names[i], names[i+1])).To(BeAssignableToTypeOf(messages.ArcOpened{}))
			r.peers[names[i]].room.Leave()
			r.peers[names[i+1]].room.Leave()
			r.run(time.Second / 10)
		}
		return r, names
	}

	It("leads through as many as 8 neighbours of neighbours", func() {
		r, names := chain(longest + 2)
		first, last := names[0], names[longest+1]
		far := protocols.Protocol{Name: "far", Reach: longest}
		r.spawn(last, far)
		pid := r.spawn(first, far)
		var via []messages.PeerID
		for _, name := range names[1 : longest+1] {
			via = append(via, r.id(name))
		}
		var opened []any
		r.peers[first].Subscribe("far", func(e any) { opened = append(opened, e) })
		r.run(time.Second) // the neighbours hear of the protocol
		clear(r.frames)
		r.system.Root.Send(pid, messages.Open{Ticket: 2, Peer: r.id(last), Via: via})
		r.run(time.Second)
		Expect(opened).To(Equal([]any{messages.ArcOpened{Ticket: 2, Peer: r.id(last), Dir: messages.Out, Via: via[0]}}))
		Expect(r.snapshot(last).Views["far"].In.Count(r.id(first))).To(Equal(1))
		Expect(r.frames).To(Equal(map[string]int{"Signal": 2 * (longest + 1), "Hello": 2, "Proof": 2, "Arcs": 1}))
		for _, name := range names {
			Expect(r.snapshot(name).Held).To(HaveEach(BeZero()), name)
		}
	})

	It("has no more than 8", func() {
		r, names := chain(longest + 3)
		clear(r.frames)
		Expect(code(r.open(names[0], names[longest+2], names[1:longest+2]...))).To(Equal(messages.ErrTooBig))
		Expect(r.frames).To(BeEmpty())
	})

	It("ends where a relay does not know the next", func() {
		r, names := chain(5)
		Expect(code(r.open(names[0], names[4], names[1], names[3]))).To(Equal(messages.ErrNotNeighbor))
		Expect(code(r.open(names[0], names[4], names[2], names[3]))).To(Equal(messages.ErrNotNeighbor))
		Expect(r.snapshot(names[0]).Pending).To(BeEmpty())
		Expect(r.snapshot(names[0]).Held).To(HaveEach(BeZero()))
	})
})

var _ = Describe("a peer that takes fewer arcs than another opens", func() {
	It("keeps those it has, and the other cuts its own to that number, locked ones too", func() {
		r := newRoom("a")
		few := quick()
		few.MaxArcs = 2
		r.startIn("b", r.world("b"), few)
		r.join("a", "b")
		r.peers["a"].lastly()
		for range 3 {
			Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		}
		refused := messages.ArcClosed{Peer: r.id("b"), Dir: messages.Out, Cause: messages.CauseRefused}
		Expect(r.peers["a"].lastly()).To(HaveExactElements(isOpened, isOpened, isOpened, Equal(refused)))
		Expect(r.views("a")).To(Equal("out b:2 in"))
		Expect(r.views("b")).To(Equal("out in a:2"))

		lock := func(t messages.Ticket) any { return messages.Lock{Ticket: t, Peer: r.id("b")} }
		opens := []messages.Ticket{}
		for range 2 {
			opens = append(opens, r.ask("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("b")} }))
		}
		for range 4 {
			r.ask("a", lock)
		}
		r.run(time.Second)
		for _, t := range opens {
			Expect(r.outcome("a", t)).To(BeAssignableToTypeOf(messages.ArcOpened{}), "it succeeds at once")
		}
		Expect(r.views("a")).To(Equal("out b:2 in locks b:2"))
		r.agree("a", "b")
		Expect(r.snapshot("b").Counters["arcs_refused"]).To(Equal(3.0))
	})
})

var isOpened = BeAssignableToTypeOf(messages.ArcOpened{})
