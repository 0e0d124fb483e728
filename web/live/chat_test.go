package live

import (
	"encoding/json"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
)

var _ = Describe("The chat", func() {
	var c *chat
	now := time.Now()
	audience := func(ids ...int) map[messages.PeerID]*Peer {
		own := map[messages.PeerID]*Peer{}
		for _, n := range ids {
			own[id(n)] = &Peer{}
		}
		return own
	}
	message := func(seq uint64, text string) messages.Delivered {
		return messages.Delivered{Origin: id(1), Epoch: 3, Seq: seq, Payload: []byte(text)}
	}
	heard := func(m *said) (f heardFrame) {
		GinkgoHelper()
		Expect(json.Unmarshal(m.heardFrame(), &f)).To(Succeed())
		return f
	}
	BeforeEach(func() { c = newChat() })

	It("tells of a message once, and then by how many it was heard", func() {
		own := audience(1, 2, 3)
		m := c.heard(id(1), message(1, "hello"), own, now)
		Expect(m).NotTo(BeNil())
		Expect(m.id()).To(Equal(id(1).String() + "/0000000000000003/1"))
		Expect(c.heard(id(2), message(1, "hello"), own, now)).To(BeNil())
		Expect(heard(m)).To(Equal(heardFrame{"heard", m.id(), 2, 3}))

		told := 0
		c.news(func(*said) { told++ })
		c.news(func(*said) { told++ })
		Expect(told).To(Equal(1), "only when there is news")
		c.heard(id(2), message(1, "hello"), own, now)
		c.news(func(*said) { told++ })
		Expect(told).To(Equal(1), "that is no news")

		c.heard(id(4), message(1, "hello"), own, now)
		Expect(heard(m)).To(Equal(heardFrame{"heard", m.id(), 3, 4}), "who came later and got it counts")
		c.without(audience(1, 4))
		Expect(heard(m)).To(Equal(heardFrame{"heard", m.id(), 3, 3}), "who went without is not waited for")
		c.news(func(*said) { told++ })
		Expect(told).To(Equal(2))
	})

	It("tells apart what a peer said before and after it started again", func() {
		first, second := message(1, "a"), message(1, "b")
		second.Epoch = 4
		Expect(c.heard(id(1), first, nil, now)).NotTo(BeNil())
		Expect(c.heard(id(1), second, nil, now)).NotTo(BeNil())
	})

	It("shows text, cut to 500 characters, and nothing else", func() {
		long := strings.Repeat("ö", 600)
		Expect(c.heard(id(1), message(1, long), nil, now).text).To(Equal(strings.Repeat("ö", 500)))
		Expect(c.heard(id(1), message(2, "a\xffb"), nil, now).text).To(Equal("ab"))
		Expect(c.heard(id(1), message(3, "\xff\xfe"), nil, now)).To(BeNil())
		Expect(c.heard(id(1), message(4, " \n"), nil, now)).To(BeNil())
	})

	It("tells pages of 20 messages a second, whoever floods it, and keeps 512", func() {
		told := 0
		for i := range uint64(2_000) {
			if c.heard(id(1), message(i, "x"), audience(1), now) != nil {
				told++
			}
		}
		Expect(told).To(Equal(chatBurst))
		Expect(c.all).To(HaveLen(keptSaid))
		Expect(c.by).To(HaveLen(keptSaid))
		for i := range uint64(2_000) {
			if c.heard(id(1), message(10_000+i, "x"), audience(1), now.Add(time.Second)) != nil {
				told++
			}
		}
		Expect(told).To(Equal(chatBurst + chatRate))
		Expect(len(c.recent())).To(BeNumerically("<=", toldSaid))
		told = 0
		c.news(func(*said) { told++ })
		Expect(told).To(BeNumerically("<=", toldSaid))
	})
})

var _ = Describe("A sample", func() {
	now := time.Now()
	counted := func(n int, sent, opened float64, to ...int) Peer {
		p := own(n, to...)
		p.Counters["messages_sent"], p.Counters["connections_opened"] = sent, opened
		return p
	}
	take := func(r *sampler, at time.Time, numbers *numbers, state State, reports ...*Peer) sample {
		return r.take(at, newScene(state, reports, numbers).finish())
	}

	It("has the peers, arcs and views now, and what happened since the one before, a second", func() {
		r, numbers := &sampler{}, newNumbers()
		tab := counted(9, 1000, 50, 1)
		tab.Kind = Tab
		first := take(r, now, numbers, State{Peers: []Peer{counted(1, 10, 4, 2, 3), counted(2, 10, 4, 1), counted(3, 0, 0)}})
		Expect(first).To(Equal(sample{At: now.UnixMilli(), Peers: 3, Arcs: 3, Connections: 2, View: viewSize{1, 0, 2}}))
		second := take(r, now.Add(2*time.Second), numbers, State{
			Peers: []Peer{counted(1, 30, 6, 2), counted(2, 5, 4, 1), counted(4, 8, 2)},
		}, &tab)
		// p1 sent 20 and opened 2, p2 started again, and p4 is new with 8 and 2. The tab was not
		// seen before.
		Expect(second.Messages).To(Equal(14.0))
		Expect(second.Setups).To(Equal(1.0), "each is counted at both ends")
		Expect([]int{second.Peers, second.Tabs}).To(Equal([]int{4, 1}))
		Expect(second.View).To(Equal(viewSize{0.8, 0, 1}))
	})

	It("of nobody is nothing", func() {
		r := &sampler{}
		Expect(take(r, now, newNumbers(), State{})).To(Equal(sample{At: now.UnixMilli()}))
	})

	It("is kept for ten minutes", func() {
		r, numbers := &sampler{}, newNumbers()
		for i := range keptSamples + 5 {
			take(r, now.Add(time.Duration(i)*time.Second), numbers, State{})
		}
		Expect(r.samples).To(HaveLen(keptSamples))
		Expect(r.samples[0].At).To(Equal(now.Add(5 * time.Second).UnixMilli()))
	})
})
