//go:build !js

package actors_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// stranger returns the id of a peer that does not exist.
func stranger(n int) messages.PeerID {
	var id messages.PeerID
	id[0], id[1], id[2] = 0xff, byte(n), byte(n>>8)
	return id
}

var _ = Describe("a neighbour that floods", func() {
	var r *room
	BeforeEach(func() {
		r = newRoom("a", "b", "c")
		r.join("a", "b", "c")
		r.open("a", "b")
		r.open("c", "b")
		r.peers["b"].lastly()
	})

	It("with offers in the names of strangers is held to the rate of signals", func() {
		before, start, limits := len(r.conns), r.now, quick()
		for i := range 2000 {
			r.inject("a", "b", protocols.Ordered, control(&messages.Signal{
				Job: uint64(i + 1), From: stranger(i).Bytes(), To: r.id("b").Bytes(), Route: [][]byte{r.id("a").Bytes()},
				Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "forged", Protocol: "lab", Incarnation: 3}},
			}))
			if i%50 == 0 {
				r.run(2 * time.Millisecond)
			}
		}
		r.run(50 * time.Millisecond)
		allowed := float64(limits.SignalBurst) + limits.SignalRate*r.now.Sub(start).Seconds()
		Expect(len(r.conns) - before).To(And(BeNumerically(">", 0), BeNumerically("<=", allowed)))
		Expect(r.snapshot("b").Counters["signals_refused"]).To(BeNumerically(">=", 2000-allowed))
		r.run(time.Minute)
		Expect(r.snapshot("b").Pending).To(BeEmpty())
		Expect(r.open("b", "c")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
	})

	It("with Arcs that come and go in one frame causes few events and loses its connection", func() {
		var frame []byte
		for i := range 1000 {
			var err error
			frame, err = messages.AppendEnvelope(frame, control(&messages.Arcs{Protocol: 1, Count: uint32(i % 2 * 256), Seq: uint64(i + 2)}))
			Expect(err).NotTo(HaveOccurred())
		}
		r.conn("a", "b").deliver(protocols.Ordered, frame)
		r.run(time.Second)
		end := quick().MaxArcs + 1
		Expect(len(r.peers["b"].events)).To(And(BeNumerically(">", 0), BeNumerically("<=", actors.ArcBurst+end)))
		Expect(r.snapshot("b").Connections).To(Equal([]messages.PeerID{r.id("c")}))
		Expect(r.snapshot("b").Counters["violations"]).To(Equal(1.0))
		Expect(r.views("a")).To(Equal("out in"))
	})

	It("with proposals to close makes no timers and gets one answer", func() {
		smaller, larger := r.bySize("a", "b")
		r.do("a", func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("b")} })
		clear(r.frames)
		seen := uint64(0)
		if larger == "a" {
			seen = 2 // the Arcs of its open and its close
		}
		before := len(r.later)
		for range 1000 {
			r.inject(smaller, larger, protocols.Ordered, control(&messages.CloseProposal{Seen: seen}))
		}
		r.run(2 * time.Millisecond)
		Expect(len(r.later)).To(BeNumerically("<=", before+2))
		Expect(r.frames["CloseAnswer"]).To(Equal(1))
		Expect(r.snapshot(larger).Counters["proposals_ignored"]).To(Equal(999.0))
		r.run(time.Minute)
		for _, name := range []string{"a", "b"} {
			Expect(r.peers[name].events).NotTo(ContainElement(BeAssignableToTypeOf(messages.PeerDown{})))
			Expect(r.snapshot(name).Lingering).To(BeEmpty())
		}
	})

	It("with NoProtocol is believed once", func() {
		for range 100 {
			r.inject("a", "b", protocols.Ordered, control(&messages.NoProtocol{Protocol: 1}))
		}
		r.run(time.Second)
		events := r.peers["b"].events
		Expect(events).To(HaveLen(1))
		Expect(code(events[0])).To(Equal(messages.ErrNoProtocol))
	})
})

var _ = Describe("a signaling service that floods", func() {
	It("fills no more than what may wait, and the peer goes on", func() {
		r := newRoom("a", "b")
		r.join("a", "b")
		flood := func(n int) {
			for range n {
				r.peers["a"].room.events(&messages.Signal{
					Job: 9, From: stranger(1).Bytes(), To: stranger(2).Bytes(),
					Body: &messages.Signal_Answer{Answer: &messages.Answer{Sdp: "x"}},
				})
			}
		}
		flood(1000)
		r.run(time.Second)
		flood(3000)
		r.peers["a"].room.events(messages.RendezvousLost{Err: messages.ErrClosed}) // is never dropped
		r.run(time.Second)
		Expect(r.snapshot("a").Counters).To(And(
			HaveKeyWithValue("service_events_dropped", 3000.0-1024), HaveKeyWithValue("signals_false", 1000+1024.0)))
		r.peers["a"].room.Leave()
		r.run(time.Second)
		r.join("a")
		Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
	})
})
