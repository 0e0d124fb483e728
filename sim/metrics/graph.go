package metrics

import "slices"

// Dead is the target of an arc to a dead peer.
const Dead = -1

// Graph is a snapshot of an overlay. Its peers are 0 to Peers()-1.
type Graph struct {
	first []int32 // the arcs of peer i are to[first[i]:first[i+1]], sorted
	to    []int32 // all occurrences, without arcs to dead peers
	dead  []int32 // how many arcs of peer i lead to dead peers
	whole []bool  // peer i holds at most one arc to each peer

	joined *neighborhoods // made at the first use
}

// New makes the graph of outviews. outviews[i] lists the targets of the arcs that
// peer i holds, each once for each occurrence, and Dead for a dead peer.
// duplicated[i] says that peer i holds a duplicate among its arcs to dead peers,
// which the list cannot show. A nil duplicated means that no peer does. New panics
// on a target that is no peer.
func New(outviews [][]int32, duplicated []bool) *Graph {
	g := &Graph{first: make([]int32, len(outviews)+1), dead: make([]int32, len(outviews)), whole: make([]bool, len(outviews))}
	size := 0
	for _, view := range outviews {
		size += len(view)
	}
	g.to = make([]int32, 0, size)
	for i, view := range outviews {
		for _, to := range view {
			switch {
			case to == Dead:
				g.dead[i]++
			case to < 0 || int(to) >= len(outviews):
				panic("metrics: an arc leads to a peer outside the graph")
			default:
				g.to = append(g.to, to)
			}
		}
		mine := g.to[g.first[i]:]
		slices.Sort(mine)
		g.first[i+1] = int32(len(g.to))
		g.whole[i] = duplicated == nil || !duplicated[i]
		for j := 1; j < len(mine); j++ {
			if mine[j] == mine[j-1] {
				g.whole[i] = false
			}
		}
	}
	return g
}

// Peers returns the number of peers.
func (g *Graph) Peers() int { return len(g.whole) }

// Arcs returns the number of arcs, with all occurrences and those to dead peers.
func (g *Graph) Arcs() int {
	n := len(g.to)
	for _, dead := range g.dead {
		n += int(dead)
	}
	return n
}

// out lists the targets of a peer's arcs, sorted.
func (g *Graph) out(i int32) []int32 { return g.to[g.first[i]:g.first[i+1]] }

// neighborhoods is the simple undirected graph.
type neighborhoods struct {
	first []int32
	to    []int32
}

func (n *neighborhoods) of(i int32) []int32 { return n.to[n.first[i]:n.first[i+1]] }

// neighborhoods returns the graph that joins the peers of each arc once.
func (g *Graph) neighborhoods() *neighborhoods {
	if g.joined != nil {
		return g.joined
	}
	peers := g.Peers()
	all := make([]int32, peers+1)
	each := func(visit func(a, b int32)) {
		for i := range int32(peers) {
			last := int32(Dead)
			for _, to := range g.out(i) {
				if to != i && to != last {
					visit(i, to)
					visit(to, i)
				}
				last = to
			}
		}
	}
	each(func(a, _ int32) { all[a+1]++ })
	for i := range peers {
		all[i+1] += all[i]
	}
	to := make([]int32, all[peers])
	next := slices.Clone(all[:peers])
	each(func(a, b int32) { to[next[a]] = b; next[a]++ })
	n := &neighborhoods{first: make([]int32, peers+1)}
	for i := range peers {
		mine := to[all[i]:all[i+1]]
		slices.Sort(mine)
		n.to = append(n.to, slices.Compact(mine)...)
		n.first[i+1] = int32(len(n.to))
	}
	g.joined = n
	return n
}
