package papers

import (
	"math"
	"math/rand/v2"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/metrics"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// left is the overlay at the end without a fraction of its peers, drawn with the
// run's seed. Arcs to those are gone.
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

// largestWithout reads how much of the peers that stay is in the largest weak
// component when a fraction is removed at once, before any repair.
func largestWithout(removed float64) func(scenario.Result) float64 {
	return func(r scenario.Result) float64 {
		_, largest := left(r, removed).WeakComponents()
		return largest
	}
}

// inDegreeSpread reads the standard deviation of the in-degrees, over that of a
// random graph in which every peer chooses as many others: the root of the mean.
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
