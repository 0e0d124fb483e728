package papers

import (
	"math"
	"math/rand/v2"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/metrics"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// left returns the overlay at the end without a fraction of its peers, drawn with
// the run's seed. Arcs to removed peers are gone.
func left(r scenario.Result, removed float64) *metrics.Graph {
	random := rand.New(rand.NewPCG(r.Seed, 7))
	order := random.Perm(len(r.Overlay.Peers))
	keep := len(order) - int(math.Round(removed*float64(len(order))))
	index := map[messages.PeerID]int32{}
	for i, n := range order[:keep] {
		index[r.Overlay.Peers[n]] = int32(i)
	}
	views := make([][]int32, keep)
	duplicated := make([]bool, keep)
	for i, n := range order[:keep] {
		for arc := range r.Overlay.Out[n].All() {
			if to, stays := index[arc.Peer]; stays {
				for range arc.Count {
					views[i] = append(views[i], to)
				}
				duplicated[i] = duplicated[i] || arc.Count > 1
			}
		}
	}
	return metrics.New(views, duplicated)
}

// largestWithout returns a function that reads the fraction of the remaining peers
// in the largest weak component, when some peers are removed at once, before any
// repair.
func largestWithout(removed float64) func(scenario.Result) float64 {
	return func(r scenario.Result) float64 {
		_, largest := left(r, removed).WeakComponents()
		return largest
	}
}

// inDegreeSpread returns the standard deviation of the in-degrees, divided by that
// of a random graph in which every peer chooses as many others: the root of the
// mean.
func inDegreeSpread(r scenario.Result) float64 {
	in := map[messages.PeerID]float64{}
	arcs := 0.0
	for _, out := range r.Overlay.Out {
		for arc := range out.All() {
			in[arc.Peer] += float64(arc.Count)
			arcs += float64(arc.Count)
		}
	}
	mean := arcs / float64(len(r.Overlay.Peers))
	sum := 0.0
	for _, id := range r.Overlay.Peers {
		sum += (in[id] - mean) * (in[id] - mean)
	}
	return math.Sqrt(sum/float64(len(r.Overlay.Peers))) / math.Sqrt(mean)
}

// randomLike returns the clustering and the mean path of a graph in which every
// peer holds as many arcs as at the end of the run, to others drawn at random.
func randomLike(r scenario.Result) (clustering, path float64) {
	random := rand.New(rand.NewPCG(r.Seed, 8))
	n := len(r.Overlay.Peers)
	views := make([][]int32, n)
	for i := range views {
		drawn := map[int32]bool{int32(i): true}
		for len(views[i]) < min(r.Overlay.Out[i].Len(), n-1) {
			if to := int32(random.IntN(n)); !drawn[to] {
				drawn[to] = true
				views[i] = append(views[i], to)
			}
		}
	}
	g := metrics.New(views, nil)
	clustering, _ = g.Clustering(random, 5_000)
	path, _ = g.Path(random, 1_000)
	return clustering, path
}
