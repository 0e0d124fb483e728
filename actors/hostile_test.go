//go:build !js

package actors_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// conn returns the last open connection of a peer to another.
func (r *room) conn(a, b string) *memoryConn {
	for i := len(r.conns) - 1; i >= 0; i-- {
		if c := r.conns[i]; c.transport.self == r.id(a) && c.remote == r.id(b) && c.open {
			return c
		}
	}
	return nil
}

// inject lets a frame arrive at b as if a had sent it.
func (r *room) inject(a, b string, class protocols.Delivery, envelope messages.Envelope) {
	frame, err := messages.AppendEnvelope(nil, envelope)
	Expect(err).NotTo(HaveOccurred())
	r.conn(a, b).deliver(class, frame)
}

func control(m messages.Control) messages.Envelope { return messages.Envelope{Message: m} }

var _ = Describe("a hostile neighbour", func() {
	var r *room
	BeforeEach(func() {
		r = newRoom("a", "b", "c", "d")
		r.join("a", "b", "c", "d")
		r.open("a", "b")
		r.open("c", "b")
	})
	connected := func(name string) bool {
		for _, p := range r.snapshot("b").Connections {
			if p == r.id(name) {
				return true
			}
		}
		return false
	}

	It("loses its connection, and only that, for an introduction with job 0", func() {
		frame, err := proto.Marshal(&messages.Frame{Packets: []*messages.Packet{{Control: &messages.Packet_Introduction{
			Introduction: &messages.Introduction{Job: 0, Protocol: "lab", To: r.id("d").Bytes()},
		}}}})
		Expect(err).NotTo(HaveOccurred())
		r.conn("a", "b").deliver(protocols.Ordered, frame)
		r.run(15 * time.Second)
		Expect(connected("a")).To(BeFalse())
		Expect(connected("c")).To(BeTrue())
		Expect(r.snapshot("b").Counters["connections_violated"]).To(Equal(1.0))
		Expect(r.peers["b"].events).To(ContainElement(messages.PeerDown{Peer: r.id("a"), In: 1, Cause: messages.CauseCrashed}))
		Expect(r.peers["b"].events).NotTo(ContainElement(BeAssignableToTypeOf(messages.Failed{})))
		Expect(r.snapshot("b").Held["served"]).To(BeZero())
	})

	It("gains nothing with an offer of another incarnation that it cannot prove", func() {
		before := []string{r.views("a"), r.views("b"), r.views("c"), r.views("d")}
		mute := r.conn("a", "b").transport.Connect(r.id("b"), func(actors.ConnEvent) {}).(*memoryConn)
		r.inject("a", "b", protocols.Ordered, control(&messages.Signal{
			Job: 5, From: r.id("a").Bytes(), To: r.id("b").Bytes(),
			Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: fmt.Sprintf("offer %d", mute.number), Protocol: "lab", Incarnation: 77}},
		}))
		r.run(15 * time.Second)
		Expect([]string{r.views("a"), r.views("b"), r.views("c"), r.views("d")}).To(Equal(before))
		Expect(connected("a")).To(BeTrue())
		Expect(r.snapshot("b").Pending).To(BeEmpty())
	})

	It("cannot hold more arcs than the limit", func() {
		clear(r.frames)
		r.inject("a", "b", protocols.Ordered, control(&messages.Arcs{Protocol: 1, Count: 60000, Seq: 2}))
		r.run(time.Second)
		Expect(r.snapshot("b").Views["lab"].In.Count(r.id("a"))).To(Equal(256))
		Expect(r.frames["ArcsRefused"]).To(Equal(1))
	})

	It("is held to a rate of signals", func() {
		for i := range 400 {
			r.inject("a", "b", protocols.Ordered, control(&messages.Introduction{Job: uint64(i + 1), Protocol: "lab", To: r.id("d").Bytes()}))
		}
		r.run(30 * time.Second)
		Expect(r.snapshot("b").Counters["introductions_refused"]).To(BeNumerically(">=", 100))
		Expect(connected("c")).To(BeTrue())
		Expect(r.snapshot("b").Pending).To(BeEmpty())
	})

	It("cannot swallow an invitation with Arcs that add nothing", func() {
		job := uint64(0)
		r.intercept = func(_ *memoryConn, m proto.Message, frame []byte) []byte {
			if i, ok := m.(*messages.Introduction); ok {
				job = i.GetJob()
				return nil
			}
			return frame
		}
		ticket := r.ask("b", func(t messages.Ticket) any { return messages.Invite{Ticket: t, Peer: r.id("a")} })
		r.run(0)
		Expect(job).NotTo(BeZero())
		r.inject("a", "b", protocols.Ordered, control(&messages.Arcs{Protocol: 1, Count: 1, Seq: 2, Job: job}))
		r.inject("a", "b", protocols.Ordered, control(&messages.Outcome{Job: job}))
		r.run(time.Minute)
		Expect(code(r.outcome("b", ticket))).To(Equal(messages.ErrRefused))
		Expect(r.snapshot("b").Held["invitations"]).To(BeZero())
	})

	It("does not fail an open of ours with a forged offer that seems to cross it", func() {
		other, larger := r.bySize("c", "d")
		r.open("a", larger)
		ticket := r.ask(larger, func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(other)} })
		r.inject("a", larger, protocols.Ordered, control(&messages.Signal{
			Job: 9, From: r.id(other).Bytes(), To: r.id(larger).Bytes(), Route: [][]byte{r.id("a").Bytes()},
			Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "forged", Protocol: "lab", Incarnation: 3}},
		}))
		r.run(time.Second)
		Expect(r.outcome(larger, ticket)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.snapshot(larger).Counters["glares"]).To(Equal(1.0))
		r.agree(larger, other)
	})
})

var _ = Describe("a request that waits for the answer to a proposal to close", func() {
	It("waits on when a forged offer comes to nothing meanwhile", func() {
		r := newRoom("a", "b", "c")
		names := r.sorted("a", "b", "c")
		x, y, z := names[0], names[1], names[2]
		r.join("a", "b", "c")
		r.open(x, y)
		r.open(x, z)
		r.lose(&messages.CloseProposal{})
		r.do(x, func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id(z)} })
		r.until(func() bool { return r.frames["CloseProposal"] == 1 })
		t := r.ask(x, func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(z)} })
		r.inject(y, x, protocols.Ordered, control(&messages.Signal{
			Job: 9, From: r.id(z).Bytes(), To: r.id(x).Bytes(), Route: [][]byte{r.id(y).Bytes()},
			Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "forged", Protocol: "lab", Incarnation: 3}},
		}))
		dials := r.snapshot(x).Counters["dials"]
		r.run(8 * time.Second)
		Expect(r.outcome(x, t)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.snapshot(x).Counters["dials"]).To(Equal(dials+1), "after the connection's end")
	})
})
