package demo

import (
	"encoding/json"
	"io"
	"net"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

var _ = Describe("a demo", func() {
	It("prints the fields that programs know", func() {
		text, err := json.Marshal(Summary{})
		Expect(err).NotTo(HaveOccurred())
		Expect(string(text)).To(Equal(`{"peers":0,"connections":0,"authenticated":0,"arcs":0,"introductions":0,` +
			`"rendezvous_signals":0,"neighbour_signals":0,"delivered":0,"setup_ms":{"p50":0,"p99":0},"wall_seconds":0}`))
	})

	It("stops the server before the overlay is built, and the peers before it ends", func(ctx SpecContext) {
		c := console.New(nil, io.Discard, io.Discard)
		r, err := newRoom(c, 5)
		Expect(err).NotTo(HaveOccurred())
		ended := false
		DeferCleanup(func() {
			if !ended {
				r.end()
			}
		})
		Expect(r.tell(ctx, newProgress(c, false))).To(Succeed())

		Expect(r.entrance.stats().Entered).To(BeEquivalentTo(5))
		Expect(r.entrance.stats().Links).To(BeZero())
		_, err = net.Dial("tcp", strings.TrimPrefix(r.url, "ws://"))
		Expect(err).To(MatchError(ContainSubstring("refused")))
		signals := r.entrance.stats().Signals
		all, err := r.snapshots(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(connected(all)).To(BeTrue())
		Expect(r.entrance.stats().Signals).To(Equal(signals))

		members := r.all()
		r.end()
		ended = true
		for _, m := range members {
			Expect(m.Done()).To(BeClosed())
		}
	}, NodeTimeout(patience))

	It("fails when a peer did not get the broadcast, and names it", func() {
		lost := peerLine{name: "p2", id: messages.PeerID{7}}
		r := report{peers: []peerLine{{name: "p1", delivery: &delivery{}}, lost}}
		Expect(r.failure()).To(MatchError(ContainSubstring("1 of 2 peers did not get the broadcast within 15s: p2 (" + lost.id.Short() + ")")))
		Expect(report{peers: r.peers[:1]}.failure()).To(Succeed())
	})

	It("lists some of many connections, and says how many more there are", func() {
		r := report{connections: make([]connectionLine, shownConnections+3)}
		text := &strings.Builder{}
		Expect(r.print(text)).To(Succeed())
		Expect(strings.Count(text.String(), " – ")).To(Equal(shownConnections))
		Expect(text.String()).To(ContainSubstring("… and 3 more\n"))
		Expect(text.String()).To(ContainSubstring("not authenticated"))
	})
})

var _ = Describe("a peer that enters a demo", func() {
	other := messages.PeerID{2}
	DescribeTable("is inside", func(inside, first bool, event any) {
		a := &arrival{inside: make(chan struct{}, 1)}
		a.note(event, first)
		Expect(a.inside).To(HaveLen(map[bool]int{true: 1}[inside]))
	},
		Entry("once Spray has joined", true, false, spray.Joined{Contact: other}),
		Entry("once the first knows that nobody is there", true, true, messages.Contacts{}),
		Entry("not while another knows of nobody", false, false, messages.Contacts{}),
		Entry("not when it only knows of somebody", false, true, messages.Contacts{Peers: []messages.PeerID{other}}),
		Entry("not when an arc failed", false, false, messages.Failed{Op: messages.OpOpen, Peer: other, Err: messages.ErrTimeout}),
	)

	It("remembers why it could not open an arc", func() {
		a := &arrival{inside: make(chan struct{}, 1)}
		a.note(messages.Failed{Op: messages.OpOpen, Peer: other, Err: messages.ErrTimeout}, false)
		a.note(messages.Failed{Op: messages.OpClose, Peer: other, Err: messages.ErrNoArc}, false)
		Expect(*a.failed.Load()).To(MatchError(messages.ErrTimeout))
	})
})

var _ = Describe("the record of a demo", func() {
	a, b := messages.PeerID{1}, messages.PeerID{2}
	var r *record
	BeforeEach(func() { r = newRecord() })
	opened := func(self, other messages.PeerID, offered bool) {
		r.note(self, messages.ConnectionOpened{Peer: other, Offered: offered})
	}
	verified := func(self, other messages.PeerID, offered bool, setup time.Duration) {
		r.note(self, messages.ConnectionAuthenticated{Peer: other, Offered: offered, Setup: setup})
	}

	It("counts a connection once a pair, when it opened, and its authentication when both sides are sure", func() {
		opened(a, b, true)
		Expect(r.inOrder()).To(HaveLen(1))
		Expect(r.settled()).To(BeFalse(), "it is half way")
		opened(b, a, false)
		verified(a, b, true, 7*time.Millisecond)
		Expect(r.inOrder()).To(HaveLen(1))
		Expect(r.inOrder()[0].authenticated()).To(BeFalse())
		Expect(r.settled()).To(BeFalse())
		verified(b, a, false, 5*time.Millisecond)
		Expect(r.inOrder()[0].authenticated()).To(BeTrue())
		Expect(r.settled()).To(BeTrue())
		Expect(r.inOrder()[0].from).To(Equal(a))
		Expect(r.inOrder()[0].setup).To(Equal(7*time.Millisecond), "as the offering side saw it")
	})

	It("does not count as authenticated what ended before", func() {
		opened(a, b, true)
		opened(b, a, false)
		verified(a, b, true, time.Millisecond)
		r.note(b, messages.ConnectionClosed{Peer: a, Cause: messages.CauseRefused})
		Expect(r.settled()).To(BeTrue(), "nothing is under way")
		Expect(r.inOrder()[0].authenticated()).To(BeFalse())
	})

	It("waits for connections that are half way, but not for those that open later", func() {
		opened(a, b, true)
		r.shutDoors()
		opened(b, a, false)
		opened(a, messages.PeerID{3}, true)
		Expect(r.inOrder()).To(HaveLen(1))
		verified(a, b, true, time.Millisecond)
		verified(b, a, false, time.Millisecond)
		verified(a, messages.PeerID{3}, true, time.Millisecond)
		Expect(r.settled()).To(BeTrue())
		Expect(r.inOrder()).To(HaveLen(1))
		Expect(r.inOrder()[0].authenticated()).To(BeTrue())
	})

	It("notes who exchanged arcs and who got the broadcast", func() {
		r.note(a, spray.Shuffled{Peer: b})
		r.publish()
		r.note(b, broadcast.Delivered{Hops: 3})
		Expect(r.exchanged).To(HaveKey(a))
		Expect(r.delivered[b].hops).To(Equal(3))
		r.forgetExchanges()
		Expect(r.exchanged).To(BeEmpty())
	})

	It("stays as it is once closed", func() {
		r.close()
		opened(a, b, true)
		Expect(r.meetings).To(BeEmpty())
	})
})

var _ = Describe("the numbers of a demo", func() {
	DescribeTable("percentiles are values that occurred", func(p, want int, values ...time.Duration) {
		Expect(percentile(values, p)).To(Equal(time.Duration(want)))
	},
		Entry("of nothing", 50, 0),
		Entry("of one", 99, 5, time.Duration(5)),
		Entry("the median of two", 50, 1, time.Duration(1), time.Duration(2)),
		Entry("the median of three", 50, 2, time.Duration(1), time.Duration(2), time.Duration(3)),
		Entry("the largest of few", 99, 3, time.Duration(1), time.Duration(2), time.Duration(3)),
	)

	It("an overlay is connected when arcs of any direction join all peers", func() {
		arcs := func(self byte, out ...byte) actors.Snapshot {
			var v protocols.View
			for _, peer := range out {
				v.Out.Set(protocols.Arc{Peer: messages.PeerID{peer}, Count: 1})
			}
			return actors.Snapshot{ID: messages.PeerID{self}, Views: map[string]protocols.View{node.Spray: v}}
		}
		in := func(s actors.Snapshot, from byte) actors.Snapshot {
			v := s.Views[node.Spray]
			v.In.Set(protocols.Arc{Peer: messages.PeerID{from}, Count: 1})
			s.Views[node.Spray] = v
			return s
		}
		Expect(connected([]actors.Snapshot{arcs(1, 2), in(arcs(2), 1)})).To(BeTrue())
		Expect(connected([]actors.Snapshot{in(arcs(1), 2), arcs(2, 1)})).To(BeTrue())
		Expect(connected([]actors.Snapshot{arcs(1, 2), in(arcs(2), 1), arcs(3, 4), in(arcs(4), 3)})).To(BeFalse())
	})
})
