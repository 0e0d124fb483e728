package metrics

import "math"

// View returns the mean number of arcs that a peer holds, and its standard
// deviation over the peers (of the population). Occurrences and arcs to dead
// peers count. 0 and 0 without peers.
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

// InDegree returns the mean and the largest number of arcs that lead to a peer,
// occurrences counted.
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

// DuplicateFree is the fraction of the peers that hold at most one arc to each
// peer. 1 without peers.
func (g *Graph) DuplicateFree() float64 {
	return fraction(count(g.whole), g.Peers(), 1)
}

// DeadArcs is the fraction of the arcs that lead to a dead peer. 0 without arcs.
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

// fraction is part/of, or otherwise when there is nothing.
func fraction(part, of int, otherwise float64) float64 {
	if of == 0 {
		return otherwise
	}
	return float64(part) / float64(of)
}
