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

	// punished asserts that a has lost its connection, and only that.
	punished := func() {
		GinkgoHelper()
		Expect(connected("a")).To(BeFalse())
		Expect(connected("c")).To(BeTrue())
		s := r.snapshot("b").Counters
		Expect(s["connections_violated"] + s["violations"]).To(Equal(1.0))
		Expect(r.peers["b"].events).To(ContainElement(messages.PeerDown{Peer: r.id("a"), In: 1, Cause: messages.CauseCrashed}))
	}

	DescribeTable("loses its connection, and only that, for", func(class protocols.Delivery, envelope func() messages.Envelope) {
		r.inject("a", "b", class, envelope())
		r.run(time.Second)
		punished()
	},
		Entry("a second Hello", protocols.Ordered, func() messages.Envelope {
			return control(&messages.Hello{Version: 1, Network: "n2n", PublicKey: make([]byte, 32), Nonce: make([]byte, 32)})
		}),
		Entry("a second Proof", protocols.Ordered, func() messages.Envelope { return control(&messages.Proof{Signature: make([]byte, 64)}) }),
		Entry("control on another class", protocols.Lossy, func() messages.Envelope { return control(&messages.Leave{}) }),
		Entry("an envelope of a protocol never announced", protocols.Ordered, func() messages.Envelope {
			return messages.Envelope{Protocol: 999, Payload: []byte("x")}
		}),
		Entry("arcs of a protocol never announced", protocols.Ordered, func() messages.Envelope {
			return control(&messages.Arcs{Protocol: 999, Count: 1, Seq: 1})
		}),
		Entry("arcs that go back in time", protocols.Ordered, func() messages.Envelope {
			return control(&messages.Arcs{Protocol: 1, Count: 7, Seq: 1})
		}),
		Entry("a payload that is none of the protocol's", protocols.Ordered, func() messages.Envelope {
			return messages.Envelope{Protocol: 1, Payload: []byte{0xff, 0xff}}
		}),
	)

	It("loses its connection, and only that, for an introduction with job 0", func() {
		frame, err := proto.Marshal(&messages.Frame{Packets: []*messages.Packet{{Control: &messages.Packet_Introduction{
			Introduction: &messages.Introduction{Job: 0, Protocol: "lab", To: r.id("d").Bytes()},
		}}}})
		Expect(err).NotTo(HaveOccurred())
		r.conn("a", "b").deliver(protocols.Ordered, frame)
		r.run(15 * time.Second)
		punished()
		Expect(r.peers["b"].events).NotTo(ContainElement(BeAssignableToTypeOf(messages.Failed{})))
		Expect(r.snapshot("b").Held["served"]).To(BeZero())
	})

	DescribeTable("gains nothing with", func(envelope func() messages.Envelope) {
		before := []string{r.views("a"), r.views("b"), r.views("c"), r.views("d")}
		r.inject("a", "b", protocols.Ordered, envelope())
		r.run(15 * time.Second)
		Expect([]string{r.views("a"), r.views("b"), r.views("c"), r.views("d")}).To(Equal(before))
		Expect(connected("a")).To(BeTrue())
		for _, name := range []string{"a", "b", "c", "d"} {
			Expect(r.snapshot(name).Pending).To(BeEmpty())
		}
	},
		Entry("a refusal of arcs never held", func() messages.Envelope {
			return control(&messages.ArcsRefused{Protocol: 1, Seq: 99})
		}),
		Entry("a proposal to close a connection in use", func() messages.Envelope { return control(&messages.CloseProposal{Seen: 1}) }),
		Entry("an answer nobody asked for", func() messages.Envelope { return control(&messages.CloseAnswer{Agreed: true}) }),
		Entry("the outcome of a job it was not asked", func() messages.Envelope { return control(&messages.Outcome{Job: 5}) }),
		Entry("an introduction to ourselves", func() messages.Envelope {
			return control(&messages.Introduction{Job: 5, Protocol: "lab", To: r.id("b").Bytes()})
		}),
		Entry("an introduction for a protocol that does not run", func() messages.Envelope {
			return control(&messages.Introduction{Job: 5, Protocol: "none", To: r.id("d").Bytes()})
		}),
		Entry("an introduction to a peer that it does not know", func() messages.Envelope {
			return control(&messages.Introduction{Job: 5, Protocol: "lab", To: r.id("d").Bytes()})
		}),
		Entry("an offer in the name of another", func() messages.Envelope {
			return control(&messages.Signal{
				Job: 5, From: r.id("d").Bytes(), To: r.id("b").Bytes(),
				Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "offer 0", Protocol: "lab"}},
			})
		}),
		Entry("an offer that did not come the way it says", func() messages.Envelope {
			return control(&messages.Signal{
				Job: 5, From: r.id("a").Bytes(), To: r.id("c").Bytes(), Route: [][]byte{r.id("d").Bytes()},
				Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "offer 0", Protocol: "lab"}},
			})
		}),
		Entry("an offer for somebody who is no neighbour", func() messages.Envelope {
			return control(&messages.Signal{
				Job: 5, From: r.id("a").Bytes(), To: r.id("d").Bytes(), Route: [][]byte{r.id("b").Bytes()},
				Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "offer 0", Protocol: "lab"}},
			})
		}),
		Entry("an offer along a way that goes round in circles", func() messages.Envelope {
			return control(&messages.Signal{
				Job: 5, From: r.id("a").Bytes(), To: r.id("c").Bytes(), Route: [][]byte{r.id("b").Bytes(), r.id("b").Bytes()},
				Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "offer 0", Protocol: "lab"}},
			})
		}),
		Entry("an answer that nobody waits for", func() messages.Envelope {
			return control(&messages.Signal{
				Job: 5, From: r.id("a").Bytes(), To: r.id("b").Bytes(),
				Body: &messages.Signal_Answer{Answer: &messages.Answer{Sdp: "answer 0"}},
			})
		}),
		Entry("an offer for a connection that lives", func() messages.Envelope {
			return control(&messages.Signal{
				Job: 5, From: r.id("a").Bytes(), To: r.id("b").Bytes(),
				Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "offer 0", Protocol: "lab", Incarnation: r.snapshot("a").Incarnation}},
			})
		}),
		Entry("an offer of another incarnation that it cannot prove", func() messages.Envelope {
			mute := r.conn("a", "b").transport.Connect(r.id("b"), func(actors.ConnEvent) {}).(*memoryConn)
			return control(&messages.Signal{
				Job: 5, From: r.id("a").Bytes(), To: r.id("b").Bytes(),
				Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: fmt.Sprintf("offer %d", mute.number), Protocol: "lab", Incarnation: 77}},
			})
		}),
	)

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
