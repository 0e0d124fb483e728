package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/sim/metrics"
)

func TestMetrics(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "metrics")
}

// ring returns n peers with an arc from each to the k next ones.
func ring(n, k int) [][]int32 {
	views := make([][]int32, n)
	for i := range views {
		for j := 1; j <= k; j++ {
			views[i] = append(views[i], int32((i+j)%n))
		}
	}
	return views
}

func complete(n int) [][]int32 { return ring(n, n-1) }

// star returns n peers with an arc from each other peer to the first.
func star(n int) [][]int32 {
	views := make([][]int32, n)
	for i := 1; i < n; i++ {
		views[i] = []int32{0}
	}
	return views
}

// line returns n peers with an arc from each to the next.
func line(n int) [][]int32 {
	views := ring(n, 1)
	views[n-1] = nil
	return views
}

func beside(a, b [][]int32) [][]int32 {
	both := append([][]int32{}, a...)
	for _, view := range b {
		var moved []int32
		for _, to := range view {
			moved = append(moved, to+int32(len(a)))
		}
		both = append(both, moved)
	}
	return both
}

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

type expected struct {
	mean, deviation float64
	inMax           int
	clustering      float64
	directed        float64 // clustering of out-neighbours
	path            float64
	weak            int
	largest         float64
	strong          int
}

var _ = Describe("the statistics of a known graph", func() {
	DescribeTable("are the known ones", func(views [][]int32, want expected) {
		g := metrics.New(views, nil)
		mean, deviation := g.View()
		Expect(mean).To(BeNumerically("~", want.mean, 1e-12))
		Expect(deviation).To(BeNumerically("~", want.deviation, 1e-12))
		inMean, inMax := g.InDegree()
		Expect(inMean).To(BeNumerically("~", want.mean, 1e-12), "every arc leads somewhere")
		Expect(inMax).To(Equal(want.inMax))
		clustering, used := g.Clustering(random(), g.Peers())
		Expect(clustering).To(BeNumerically("~", want.clustering, 1e-12))
		Expect(used).To(Equal(len(views)))
		clustering, used = g.DirectedClustering(random(), g.Peers())
		Expect(clustering).To(BeNumerically("~", want.directed, 1e-12))
		Expect(used).To(Equal(len(views)))
		path, _ := g.Path(random(), g.Peers())
		Expect(path).To(BeNumerically("~", want.path, 1e-12))
		weak, largest := g.WeakComponents()
		Expect(weak).To(Equal(want.weak))
		Expect(largest).To(BeNumerically("~", want.largest, 1e-12))
		Expect(g.StrongComponents()).To(Equal(want.strong))
	},
		Entry("a ring", ring(10, 1), expected{1, 0, 1, 0, 0, 5, 1, 1, 1}),
		// Of the 6 pairs among the 4 neighbours ±1, ±2, three are joined; of the 2 ordered
		// pairs of the out-neighbours 1 and 2 it is the one from 1 to 2.
		Entry("a ring lattice", ring(12, 2), expected{2, 0, 2, 0.5, 0.5, 36.0 / 11, 1, 1, 1}),
		Entry("a complete graph", complete(7), expected{6, 0, 6, 1, 1, 1, 1, 1, 1}),
		Entry("a star", star(5), expected{0.8, 0.4, 4, 0, 0, 1, 1, 1, 5}),
		// There are paths of the lengths 1, 2 and 3 between 3, 2 and 1 pairs.
		Entry("a line", line(4), expected{0.75, math.Sqrt(3) / 4, 1, 0, 0, 10.0 / 6, 1, 1, 4}),
		Entry("two rings", beside(ring(6, 1), ring(3, 1)), expected{1, 0, 1, 1.0 / 3, 0, (30*3 + 6*1.5) / 36, 2, 2.0 / 3, 2}),
		Entry("a peer alone", [][]int32{nil}, expected{0, 0, 0, 0, 0, 0, 1, 1, 1}),
		Entry("two triangles that share an arc one way", append(beside(complete(3), complete(2)), []int32{0}), expected{
			mean: 9.0 / 6, deviation: math.Sqrt((3*0.25 + 3*0.25) / 6), inMax: 3,
			// 0 has the neighbours 1, 2 and 5, of which one pair is joined. 1 and 2 are in a
			// triangle.
			clustering: (1.0/3 + 1 + 1) / 6, directed: 3.0 / 6, path: (6 + 2 + 1 + 2 + 2) / 11.0, weak: 2, largest: 4.0 / 6, strong: 3,
		}),
		Entry("nobody", [][]int32{}, expected{}),
	)

	It("counts occurrences where arcs count, and not where neighbours do", func() {
		g := metrics.New([][]int32{{1, 1, 2}, {0}, {0, 0}}, nil)
		Expect(g.Arcs()).To(Equal(6))
		mean, _ := g.View()
		Expect(mean).To(Equal(2.0))
		_, most := g.InDegree()
		Expect(most).To(Equal(3))
		clustering, _ := g.Clustering(random(), 3)
		Expect(clustering).To(BeZero(), "1 and 2 are not joined")
		g = metrics.New([][]int32{{1, 1, 2}, {2, 2, 0}, nil}, nil)
		clustering, _ = g.DirectedClustering(random(), 3)
		Expect(clustering).To(BeNumerically("~", (1.0/2+1.0/2)/3, 1e-12), "1 holds an arc to 2, and 0 to 2")
		Expect(g.DuplicateFree()).To(BeNumerically("~", 1.0/3, 1e-12))
	})

	It("does not take a peer for its own neighbour", func() {
		g := metrics.New([][]int32{{0, 1}, {0}}, nil)
		clustering, _ := g.Clustering(random(), 2)
		Expect(clustering).To(BeZero())
		clustering, _ = metrics.New([][]int32{{1, 2}, {1, 2}, nil}, nil).DirectedClustering(random(), 3)
		Expect(clustering).To(BeNumerically("~", 1.0/2/3, 1e-12))
		path, _ := g.Path(random(), 2)
		Expect(path).To(Equal(1.0))
	})

	It("counts arcs to dead peers as held, and as leading nowhere", func() {
		g := metrics.New([][]int32{{1, metrics.Dead, metrics.Dead}, {0}}, []bool{true, false})
		mean, _ := g.View()
		Expect(mean).To(Equal(2.0))
		in, _ := g.InDegree()
		Expect(in).To(Equal(1.0))
		Expect(g.DeadArcs()).To(Equal(0.5))
		Expect(g.DuplicateFree()).To(Equal(0.5))
	})

	It("refuses an arc to a peer that is not in the graph", func() {
		Expect(func() { metrics.New([][]int32{{1}}, nil) }).To(Panic())
	})
})

var _ = Describe("a sample", func() {
	views := func(seed uint64) [][]int32 { return chance(3000, 8, seed) }

	It("says how many were looked at, and is near the whole", func() {
		g := metrics.New(views(1), nil)
		path, n := g.Path(random(), 100)
		Expect(n).To(Equal(100))
		whole, n := g.Path(random(), 3000)
		Expect(n).To(Equal(3000))
		Expect(path).To(BeNumerically("~", whole, 0.05*whole))
		clustering, n := g.Clustering(random(), 1500)
		Expect(n).To(Equal(1500))
		exact, _ := g.Clustering(random(), 3000)
		Expect(clustering).To(BeNumerically("~", exact, 0.15*exact))
	})

	It("is the same from the same stream", func() {
		a, _ := metrics.New(views(1), nil).Path(random(), 10)
		b, _ := metrics.New(views(1), nil).Path(random(), 10)
		c, _ := metrics.New(views(1), nil).Path(rand.New(rand.NewPCG(3, 9)), 10)
		Expect(a).To(Equal(b))
		Expect(a).NotTo(Equal(c))
	})
})

// chance returns n peers with arcs from each to k random others.
func chance(n, k int, seed uint64) [][]int32 {
	r := rand.New(rand.NewPCG(seed, 0))
	views := make([][]int32, n)
	for i := range views {
		for range k {
			views[i] = append(views[i], int32(r.IntN(n)))
		}
	}
	return views
}

func BenchmarkMeasure(b *testing.B) {
	for _, peers := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(peers), func(b *testing.B) {
			views := chance(peers, int(math.Log(float64(peers))+1), 1)
			for b.Loop() {
				g := metrics.New(views, nil)
				sample := min(peers, 5_000)
				_, _ = g.Clustering(random(), sample)
				_, _ = g.Path(random(), min(peers, 100))
				_, _ = g.WeakComponents()
				_ = g.StrongComponents()
			}
		})
	}
}
