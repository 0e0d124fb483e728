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

var _ = Describe("a job that has ended", func() {
	var (
		r       *room
		reasons []messages.Reason // of the outcomes and refusals that b sends
	)
	BeforeEach(func() {
		r, reasons = newRoom("a", "b", "c"), nil
		r.join("a", "b", "c")
		r.open("a", "b")
		r.open("c", "b")
		r.intercept = func(c *memoryConn, m proto.Message, frame []byte) []byte {
			if c.transport.self == r.id("b") {
				switch m := m.(type) {
				case *messages.Outcome:
					reasons = append(reasons, m.GetReason())
				case *messages.Signal:
					if refusal := m.GetRefusal(); refusal != nil {
						reasons = append(reasons, refusal.GetReason())
					}
				}
			}
			return frame
		}
	})
	const expired = messages.Reason_REASON_EXPIRED

	It("is expired when its introduction comes again, and opens no second arc", func() {
		again := func() {
			r.inject("a", "b", protocols.Ordered, control(&messages.Introduction{Job: 5, Protocol: "lab", To: r.id("c").Bytes()}))
			r.run(time.Second)
		}
		again()
		Expect(reasons).To(Equal([]messages.Reason{0}))
		Expect(r.views("b")).To(Equal("out c:1 in a:1 c:1"))
		again()
		Expect(reasons).To(Equal([]messages.Reason{0, expired}))
		Expect(r.views("b")).To(Equal("out c:1 in a:1 c:1"))
		Expect(r.snapshot("b").Counters["introductions_refused"]).To(Equal(1.0))
		r.run(10 * time.Second)
		again() // nobody knows of it any more
		Expect(reasons).To(Equal([]messages.Reason{0, expired, 0}))
	})

	offer := func(from, to, via, sdp string) messages.Envelope {
		return control(&messages.Signal{
			Job: 5, From: r.id(from).Bytes(), To: r.id(to).Bytes(), Route: [][]byte{r.id(via).Bytes()},
			Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: sdp, Protocol: "lab", Incarnation: 77}},
		})
	}
	// mute is the offer of one who says nothing more.
	mute := func(from, to string) string {
		return fmt.Sprintf("offer %d", r.conn(from, "b").transport.Connect(r.id(to), func(actors.ConnEvent) {}).(*memoryConn).number)
	}

	It("is expired when its offer is to be relayed again", func() {
		again := func() {
			r.inject("a", "b", protocols.Ordered, offer("a", "c", "b", mute("a", "c")))
			r.run(time.Second)
		}
		again()
		Expect(reasons).To(BeEmpty())
		Expect(r.snapshot("c").Held["attempts"]).To(Equal(1))
		again()
		Expect(reasons).To(Equal([]messages.Reason{expired}))
		Expect(r.snapshot("b").Counters["signals_refused"]).To(Equal(1.0))
	})

	It("is expired when its offer is to be answered again", func() {
		again := func() {
			r.inject("a", "b", protocols.Ordered, offer("c", "b", "a", mute("c", "b")))
			r.run(time.Second)
		}
		again()
		again()
		Expect(reasons).To(Equal([]messages.Reason{messages.Reason_REASON_DUPLICATE}), "it is under way")
		r.run(8100 * time.Millisecond)
		Expect(r.snapshot("b").Held["attempts"]).To(BeZero())
		r.inject("a", "b", protocols.Ordered, offer("c", "b", "a", mute("c", "b")))
		r.run(time.Millisecond)
		Expect(reasons).To(HaveLen(1), "it was forgotten at its deadline")
	})

	It("is expired when its offer comes again after it failed", func() {
		forged := offer("c", "b", "a", "forged")
		r.inject("a", "b", protocols.Ordered, forged)
		r.run(time.Second)
		Expect(reasons).To(BeEmpty())
		Expect(r.snapshot("b").Held["attempts"]).To(BeZero())
		r.inject("a", "b", protocols.Ordered, forged)
		r.run(time.Second)
		Expect(reasons).To(Equal([]messages.Reason{expired}))
		Expect(r.snapshot("b").Counters["offers_refused"]).To(Equal(1.0))
	})

	It("is expired for who waits longer than the relay does", func() {
		patient := quick()
		patient.RequestTimeout = time.Minute
		r.startIn("x", r.world("x"), patient)
		r.join("x")
		r.open("x", "b")
		r.silent[r.id("c")] = true
		r.peers["x"].room.Leave()
		t := r.ask("x", func(t messages.Ticket) any {
			return messages.Open{Ticket: t, Peer: r.id("c"), Via: []messages.PeerID{r.id("b")}}
		})
		r.run(9 * time.Second)
		Expect(r.outcome("x", t)).To(BeNil())
		r.run(2 * time.Second)
		Expect(code(r.outcome("x", t))).To(Equal(messages.ErrExpired))
	})
})
