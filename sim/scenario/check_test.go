package scenario_test

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

var _ = Describe("the comparison of views", func() {
	a, b, gone := messages.PeerID{1}, messages.PeerID{2}, messages.PeerID{3}
	snapshot := func(id messages.PeerID, set func(*protocols.View)) actors.Snapshot {
		var v protocols.View
		set(&v)
		return actors.Snapshot{ID: id, Views: map[string]protocols.View{"p": v}}
	}
	arcs := func(peer messages.PeerID, n int) protocols.Arc { return protocols.Arc{Peer: peer, Count: n} }

	It("finds nothing where both ends agree", func() {
		Expect(scenario.Drifts(
			snapshot(a, func(v *protocols.View) { v.Out.Set(arcs(b, 2)); v.In.Set(arcs(b, 1)) }),
			snapshot(b, func(v *protocols.View) { v.In.Set(arcs(a, 2)); v.Out.Set(arcs(a, 1)) }),
		)).To(BeEmpty())
	})
	It("finds another count, an arc that the other end does not know, and one that is not held", func() {
		Expect(scenario.Drifts(
			snapshot(a, func(v *protocols.View) { v.Out.Set(arcs(b, 2)); v.In.Set(arcs(b, 1)); v.Out.Set(arcs(gone, 1)) }),
			snapshot(b, func(v *protocols.View) { v.In.Set(arcs(a, 1)) }),
		)).To(ConsistOf(
			scenario.Drift{A: a, B: b, Out: 2, In: 1}, scenario.Drift{A: a, B: gone, Out: 1}, scenario.Drift{A: b, B: a, In: 1},
		))
	})
})

var _ = Describe("the groups of a partition", func() {
	It("hold each peer once, as many as their fractions say", func() {
		s, peers := load("partition", 10, 0), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		groups := scenario.Groups(s, peers, 0.25, 0.25, 0.5)
		Expect([]int{len(groups[0]), len(groups[1]), len(groups[2])}).To(Equal([]int{3, 2, 5}))
		Expect(slices.Sorted(slices.Values(slices.Concat(groups...)))).To(Equal(peers))
		Expect(slices.Concat(scenario.Groups(s, peers, 0.25, 0.25)...)).To(HaveLen(5))
	})
})

var _ = Describe("a word for a shell", func() {
	DescribeTable("is quoted where it must be", func(word, want string) { Expect(scenario.Quoted(word)).To(Equal(want)) },
		Entry("a name", "flash-crowd", "flash-crowd"),
		Entry("a value", "spray.a=1.5", "spray.a=1.5"),
		Entry("with blanks", "latency=uniform 1ms 2ms", "'latency=uniform 1ms 2ms'"),
		Entry("with a quote", "it's", `'it'\''s'`),
		Entry("nothing", "", "''"),
	)
})
