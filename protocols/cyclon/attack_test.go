//go:build !js

package cyclon_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

func many(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("x%03d", i))
	}
	return names
}

var _ = Describe("Attacks", func() {
	It("garbage: it is counted and changes nothing", func() {
		p := with([]string{"a", "b"}, []string{"f"})
		bad := request(1, "v")
		bad.GetShuffleRequest().Entries[0].Peer = []byte("short")
		zero := request(1, "v")
		zero.GetShuffleRequest().Entries[0].Peer = make([]byte, 20)
		nobody := leaves("v")
		nobody.GetLeave().Entry.Peer = nil
		garbage := []*cyclon.Message{
			{},
			bad, zero, nobody, request(0, "v"), reply(0, true, "v"), request(1, many(129)...), reply(1, true, many(129)...),
			walk("n", 0), walk("n", 9), walk("n", 1, many(8)...),
			{Body: &cyclon.Message_Walk{Walk: &cyclon.Walk{Hops: 1}}},
			{Body: &cyclon.Message_Walk{Walk: &cyclon.Walk{Hops: 1, Newcomer: protocoltest.Peer("n").Bytes(), Path: [][]byte{{1}}}}},
			{Body: &cyclon.Message_Handover{Handover: &cyclon.Handover{}}},
		}
		for _, m := range garbage {
			p.Receive("f", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(float64(len(garbage))))
		Expect(p.Pending()).To(BeEmpty())
		Expect(p.Sent).To(BeEmpty())
	})

	It("strangers: who holds no arc to us starts nothing", func() {
		p := with([]string{"a", "b"}, nil)
		for _, m := range []*cyclon.Message{joins, walk("n", 2), walk("n", 1), handover("v"), request(1, "v"), reply(1, true, "v"), leaves("v")} {
			p.Receive("s", m)
		}
		Expect(p.Sent).To(BeEmpty())
		Expect(p.Pending()).To(BeEmpty())
	})

	It("oversized and contradictory entries: ourselves, the sender, those that we have, one twice, more than agreed", func() {
		p := with([]string{"a", "b", "c"}, []string{"f"})
		p.Receive("f", request(1, append([]string{"m", "f", "v", "v", "a"}, many(100)...)...))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"f"}), "of the first three, only f is news")
		p = with([]string{"a", "b", "c", "d"}, nil)
		partner, exchange, _ := asked(p)
		p.Receive(partner, reply(exchange, true, "v", "v", "v"))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"v"}))
	})

	It("replayed, stale and made up replies change nothing", func() {
		p := with([]string{"a", "b", "c", "d"}, []string{"f"})
		partner, exchange, _ := asked(p)
		p.Receive("f", reply(exchange, true, "v"))
		p.Receive(partner, reply(exchange+1, true, "v"))
		Expect(p.Pending()).To(BeEmpty())
		p.Receive(partner, reply(exchange, true, "v"))
		p.Receive(partner, reply(exchange, true, "w", "x"))
		p.Receive(partner, reply(exchange, false))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"v"}))
		p.Succeed(messages.OpOpen, "v")
		p.Receive(partner, reply(exchange, true, "w", "x"))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
		Expect(p.Metrics["ignored"]).To(Equal(5.0))
	})

	It("request flood: one exchange with a partner in half a period, eight in all", func() {
		p := with([]string{"a", "b", "c", "d"}, append(many(20), "f"))
		for i := range 100 {
			p.Receive("f", request(uint64(i+1)))
		}
		Expect(p.Metrics["shuffles_refused"]).To(Equal(99.0))
		for i, peer := range many(20) {
			answer(p, messages.OpOpen)
			answer(p, messages.OpClose)
			p.Receive(peer, request(uint64(i+1)))
		}
		Expect(p.Metrics["shuffles_refused"]).To(Equal(99.0 + 13))
		Expect(len(outview(p))).To(BeNumerically("<=", 4))
		p.Advance(16 * time.Second)
		p.Receive("f", request(1000))
		Expect(lastReply(p).GetAccepted()).To(BeTrue())
	})

	It("partners that never answer: they go, and the cycle goes on", func() {
		p := with([]string{"a", "b", "c", "d"}, nil)
		first, _, _ := asked(p)
		p.Advance(11 * time.Second)
		Expect(pending(p, messages.OpClose)).To(Equal([]string{first}))
		Expect(protocoltest.Name(p.Sent[1].To)).NotTo(Equal(first), "another one is asked at once")
		for range 24 {
			answer(p, messages.OpClose)
			p.Advance(5 * time.Second)
		}
		Expect(outview(p)).To(BeEmpty())
		Expect(pending(p, messages.OpContacts)).To(HaveLen(1))
	})

	It("walk flood: newcomers made up replace at most half the view in a period", func() {
		p := with([]string{"a", "b", "c", "d"}, []string{"f"})
		for _, peer := range many(300) {
			p.Receive("f", walk(peer, 1))
			answer(p, messages.OpOpen)
			answer(p, messages.OpClose)
		}
		left := slices.DeleteFunc(outview(p), func(name string) bool { return name[0] == 'x' })
		Expect(len(left)).To(BeNumerically(">=", 2))
		Expect(outview(p)).To(HaveLen(4))
		for _, peer := range many(300) {
			p.Receive("f", walk(peer, 8))
		}
		Expect(len(p.Sent)).To(BeNumerically("<=", 32*4), "and walks are passed on so often in a period")
	})

	It("walk in circles: the way back is as short as it can be, and never through ourselves", func() {
		p := with([]string{"a"}, []string{"f"})
		p.Receive("f", walk("n", 1, "g", "m", "h", "n", "i"))
		Expect(p.Transcript()).To(ContainSubstring("-> open n via h #"))
	})

	It("join flood: the walks of a newcomer are started once", func() {
		p := with([]string{"a", "b"}, []string{"n"})
		for range 50 {
			p.Receive("n", joins)
		}
		Expect(p.Sent).To(HaveLen(4))
		Expect(p.Metrics["joins_ignored"]).To(Equal(49.0))
		p.Down("n", messages.CauseCrashed)
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("n"), Dir: messages.In})
		p.Receive("n", joins)
		Expect(p.Sent).To(HaveLen(8), "after it went away, again")
	})

	It("handover flood: it fills empty slots, once for a join, and replaces nothing", func() {
		p := with([]string{"a", "b"}, []string{"f"})
		p.Receive("f", handover("v"))
		Expect(p.Pending()).To(BeEmpty(), "nobody has joined")
		p = protocoltest.NewPort("m", protocol(small), 1)
		p.Deliver(messages.Started{})
		p.NameContacts("a")
		p.Succeed(messages.OpOpen, "a")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("f"), Dir: messages.In})
		opened := 0
		for _, peer := range many(100) {
			p.Receive("f", handover(peer))
			for _, peer := range pending(p, messages.OpOpen) {
				opened++
				p.Fail(messages.OpOpen, peer, messages.ErrTimeout)
			}
		}
		Expect(opened).To(Equal(4))
	})

	It("age: an entry is not older than twice the view, so that nobody chooses our partner for long", func() {
		p := with([]string{"a", "b", "c"}, []string{"f"})
		r := request(1)
		r.GetShuffleRequest().Entries = []*cyclon.Entry{entry("v", 1<<31)}
		p.Receive("f", r)
		p.Succeed(messages.OpOpen, "f")
		p.Succeed(messages.OpOpen, "v")
		answer(p, messages.OpClose)
		p.Sent = nil
		p.Receive("f", leaves())
		partner, exchange, _ := asked(p)
		Expect(partner).To(Equal("v"))
		p.Receive("v", reply(exchange, false))
		next, _, _ := asked(p)
		Expect(next).NotTo(Equal("v"))
	})

	It("leave flood: a neighbour is replaced once", func() {
		p := with([]string{"a", "b"}, nil)
		for _, peer := range many(50) {
			p.Receive("a", leaves(peer))
		}
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"x000"}))
		p.Fail(messages.OpOpen, "x000", messages.ErrTimeout)
		Expect(pending(p, messages.OpClose)).To(Equal([]string{"a"}))
	})

	It("arcs that others on this peer open in our name keep the bound", func() {
		p := with([]string{"a", "b", "c", "d"}, nil)
		p.Deliver(messages.ArcOpened{Ticket: 1 << 63, Peer: protocoltest.Peer("e"), Dir: messages.Out})
		p.Deliver(messages.ArcOpened{Ticket: 1 << 63, Peer: protocoltest.Peer("a"), Dir: messages.Out})
		answer(p, messages.OpClose)
		Expect(outview(p)).To(Equal([]string{"a", "b", "c", "d"}))
	})
})

// FuzzReceived checks that no message makes the handler panic or open more arcs
// than its view may have.
func FuzzReceived(f *testing.F) {
	for _, m := range []*cyclon.Message{
		{}, joins, walk("n", 1, "a"), walk("n", 8), handover("v"), request(1, "v", "m", "f"), reply(1, true, "v"), leaves("v"), leaves(),
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &cyclon.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		p := with([]string{"a", "b", "f"}, []string{"f"})
		for range 3 {
			p.Receive("f", m)
		}
		if opens := pending(p, messages.OpOpen); len(opens) > 4 || slices.Contains(opens, "m") {
			t.Errorf("opens %v", opens)
		}
	})
}
