package metrics

import (
	"math/rand/v2"
	"slices"
)

// Clustering returns the mean of the peers' local clustering coefficients in the
// neighborhood graph. The coefficient of a peer is the fraction of the pairs of its
// neighbors that are neighbors of each other. It is 0 for a peer with fewer than
// two neighbors. If there are more than sample peers, it draws sample of them
// without repetition. used is the number of peers in the mean. Without peers it
// returns 0.
func (g *Graph) Clustering(random *rand.Rand, sample int) (mean float64, used int) {
	n := g.neighborhoods()
	drawn := draw(random, g.Peers(), sample)
	if len(drawn) == 0 {
		return 0, 0
	}
	var sum float64
	for _, i := range drawn {
		sum += n.clustering(i)
	}
	return sum / float64(len(drawn)), len(drawn)
}

func (n *neighborhoods) clustering(i int32) float64 {
	mine := n.of(i)
	if len(mine) < 2 {
		return 0
	}
	joined := 0
	for _, neighbor := range mine {
		joined += common(mine, n.of(neighbor))
	}
	return float64(joined) / float64(len(mine)*(len(mine)-1)) // each pair was counted from both ends
}

// DirectedClustering is Clustering by the definition of Spray's paper: the
// coefficient of a peer is the number of ordered pairs of its out-neighbors of which
// the first holds an arc to the second, as a fraction of all ordered pairs of them. It
// is 0 for a peer with fewer than two out-neighbors.
func (g *Graph) DirectedClustering(random *rand.Rand, sample int) (mean float64, used int) {
	drawn := draw(random, g.Peers(), sample)
	if len(drawn) == 0 {
		return 0, 0
	}
	var sum float64
	var mine, theirs []int32
	for _, i := range drawn {
		mine = g.others(mine, i)
		joined := 0
		for _, neighbor := range mine {
			theirs = g.others(theirs, neighbor)
			joined += common(mine, theirs)
		}
		if len(mine) > 1 {
			sum += float64(joined) / float64(len(mine)*(len(mine)-1))
		}
	}
	return sum / float64(len(drawn)), len(drawn)
}

// others lists the other peers to which a peer holds arcs, each once and sorted, in
// the memory of list.
func (g *Graph) others(list []int32, i int32) []int32 {
	list = slices.Compact(append(list[:0], g.out(i)...))
	return slices.DeleteFunc(list, func(to int32) bool { return to == i })
}

// common returns how many numbers two sorted lists share.
func common(a, b []int32) int {
	n := 0
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case b[0] < a[0]:
			b = b[1:]
		default:
			n++
			a, b = a[1:], b[1:]
		}
	}
	return n
}

// draw draws n numbers below of, without repetition. If n is at least of, it
// returns all of them, in order.
func draw(random *rand.Rand, of, n int) []int32 {
	all := make([]int32, of)
	for i := range all {
		all[i] = int32(i)
	}
	if n >= of {
		return all
	}
	for i := range n {
		j := i + random.IntN(of-i)
		all[i], all[j] = all[j], all[i]
	}
	return all[:n]
}
