package actors_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("two offers that cross", func() {
	var (
		r              *room
		offer          *messages.Signal // the smaller's first
		lost           func(*messages.Signal) bool
		smaller, large string
		relay          string
		own, other     messages.Ticket // of the smaller and the larger
	)
	open := func(from, to string) messages.Ticket {
		return r.ask(from, func(t messages.Ticket) any {
			return messages.Open{Ticket: t, Peer: r.id(to), Via: []messages.PeerID{r.id(relay)}}
		})
	}
	held := func() {
		GinkgoHelper()
		r.run(time.Minute)
		for _, name := range []string{smaller, large} {
			for what, n := range r.snapshot(name).Held {
				Expect(n).To(BeZero(), "%s of %s", what, name)
			}
		}
	}
	both := func() {
		GinkgoHelper()
		Expect(r.outcome(smaller, own)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome(large, other)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		for _, name := range []string{smaller, large} {
			Expect(r.snapshot(name).Counters["connections_authenticated"]).To(Equal(2.0), "one beside that to the relay")
		}
		r.agree(smaller, large)
		held()
	}
	// refuse ends the smaller's attempt: the relay will not have it.
	refuse := func() {
		r.inject(relay, smaller, protocols.Ordered, control(&messages.Signal{
			Job: offer.GetJob(), From: r.id(relay).Bytes(), To: offer.GetFrom(),
			Body: &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: messages.Reason_REASON_FULL}},
		}))
	}
	// cross lets both offer through the relay; the smaller has the other's in hand.
	cross := func() {
		r.latency = 20 * time.Millisecond
		own, other = open(smaller, large), open(large, smaller)
		r.until(func() bool { return r.snapshot(smaller).Counters["glares"] == 1 })
	}
	BeforeEach(func() {
		r = newRoom("a", "b", "c")
		smaller, large = r.bySize("a", "b")
		relay = "c"
		r.join("a", "b", "c")
		r.open("a", "c")
		r.open("b", "c")
		for _, m := range r.peers {
			m.room.Leave()
		}
		r.run(time.Second / 10)
		offer, lost = nil, func(*messages.Signal) bool { return false }
		r.intercept = func(_ *memoryConn, m proto.Message, frame []byte) []byte {
			s, ok := m.(*messages.Signal)
			if ok && offer == nil && s.GetOffer() != nil && messages.PeerID(s.GetFrom()) == r.id(smaller) {
				offer = s
			}
			if ok && lost(s) {
				return nil
			}
			return frame
		}
	})

	It("are both answered by the smaller when its own never arrived and failed", func() {
		lost = func(s *messages.Signal) bool { return s == offer }
		cross()
		refuse()
		r.run(time.Second)
		both()
		Expect(r.snapshot(large).Counters["glares"]).To(BeZero())
		Expect(r.snapshot(smaller).Counters["dials"]).To(Equal(2.0))
	})

	It("end in a new one when the larger gave way and the smaller's failed", func() {
		lost = func(s *messages.Signal) bool { return s.GetAnswer() != nil }
		cross()
		r.until(func() bool { return r.snapshot(large).Counters["glares"] == 1 })
		r.run(200 * time.Millisecond)
		lost = func(*messages.Signal) bool { return false }
		refuse()
		r.run(time.Second)
		both()
		Expect(r.snapshot(large).Counters["dials"]).To(Equal(3.0), "it offers anew")
	})

	It("leave the kept one unanswered when the smaller's own stands", func() {
		cross()
		r.run(time.Second)
		both()
		Expect(r.frames["Hello"]).To(Equal(6))
	})
})
