package metrics

import "math"

// View returns the mean number of arcs that a peer holds, and its standard
// deviation over the peers (of the population). Every occurrence counts, and so do
// arcs to dead peers. Without peers it returns 0 and 0.
func (g *Graph) View() (mean, deviation float64) {
	peers := float64(g.Peers())
	if peers == 0 {
		return 0, 0
	}
	mean = float64(g.Arcs()) / peers
	var squares float64
	for i := range int32(g.Peers()) {
		d := float64(len(g.out(i))) + float64(g.dead[i]) - mean
		squares += d * d
	}
	return mean, math.Sqrt(squares / peers)
}

// InDegree returns the mean and the largest number of arcs that lead to a peer.
// Every occurrence counts.
func (g *Graph) InDegree() (mean float64, largest int) {
	if g.Peers() == 0 {
		return 0, 0
	}
	in := make([]int32, g.Peers())
	for _, to := range g.to {
		in[to]++
		largest = max(largest, int(in[to]))
	}
	return float64(len(g.to)) / float64(g.Peers()), largest
}

// DuplicateFree returns the fraction of the peers that hold at most one arc to each
// peer. Without peers it returns 1.
func (g *Graph) DuplicateFree() float64 {
	return fraction(count(g.whole), g.Peers(), 1)
}

// DeadArcs returns the fraction of the arcs that lead to a dead peer. Without arcs
// it returns 0.
func (g *Graph) DeadArcs() float64 {
	return fraction(g.Arcs()-len(g.to), g.Arcs(), 0)
}

func count(flags []bool) int {
	n := 0
	for _, set := range flags {
		if set {
			n++
		}
	}
	return n
}

// fraction returns part/of, or otherwise when of is 0.
func fraction(part, of int, otherwise float64) float64 {
	if of == 0 {
		return otherwise
	}
	return float64(part) / float64(of)
}
