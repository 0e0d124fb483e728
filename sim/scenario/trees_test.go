package scenario_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// asymmetric counts the arcs without one back.
func asymmetric(o scenario.Overlay) (n int) {
	holds := map[[2]messages.PeerID]bool{}
	for i, peer := range o.Peers {
		for a := range o.Out[i].All() {
			holds[[2]messages.PeerID{peer, a.Peer}] = true
		}
	}
	for link := range holds {
		if !holds[[2]messages.PeerID{link[1], link[0]}] {
			n++
		}
	}
	return n
}

var _ = Describe("HyParView and Plumtree, with 200 peers", func() {
	It("broadcast along a tree, also when half of them have crashed", func() {
		r := run(load("testdata/trees.yaml", 200, 26))
		tree := func(from, to int) {
			GinkgoHelper()
			again := 0.0
			for cycle := from; cycle <= to; cycle++ {
				m := row(r, cycle)
				Expect(m.Get("delivered_fraction")).To(Equal(1.0), "cycle %d", cycle)
				Expect(m.Get("weak_components")).To(Equal(1.0))
				again += m.Get("redundancy") / float64(to-from+1)
			}
			Expect(again).To(BeNumerically("<", 0.1))
		}
		Expect(row(r, 14).Get("view_mean")).To(BeNumerically(">", 4.9))
		Expect(row(r, 7).Get("redundancy")).To(BeNumerically(">", 0.3), "at first everything is flooded")
		tree(8, 14)
		tree(20, 26)
		Expect(r.Metrics.Get("alive")).To(Equal(100.0))
		Expect(r.Metrics.Get("view_mean")).To(BeNumerically(">", 4.8))
		Expect(r.Metrics.Get("strong_components")).To(Equal(1.0))
		Expect(r.Metrics.Get("dead_arc_fraction")).To(BeZero())
		Expect(asymmetric(r.Overlay)).To(BeNumerically("<=", 2), "but for requests that are under way")
	})
})
