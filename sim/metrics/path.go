package metrics

import "math/rand/v2"

// Path is the mean length of the shortest paths along the arcs, in their
// direction, over the ordered pairs of different peers of which the second can
// be reached from the first. Above sample peers, so many first peers are drawn
// from random without repetition, and all that they reach is looked at; used
// says how many. 0 when nobody reaches anybody.
func (g *Graph) Path(random *rand.Rand, sample int) (mean float64, used int) {
	drawn := draw(random, g.Peers(), sample)
	search := &search{graph: g, seen: make([]int32, g.Peers()), line: make([]int32, 0, g.Peers())}
	var length, pairs float64
	for turn, i := range drawn {
		l, p := search.from(i, int32(turn+1))
		length, pairs = length+l, pairs+p
	}
	if pairs == 0 {
		return 0, len(drawn)
	}
	return length / pairs, len(drawn)
}

// search is a breadth-first search, used again for each turn.
type search struct {
	graph *Graph
	seen  []int32 // the turn in which a peer was last seen
	line  []int32
}

// from returns the sum of the lengths of the paths from a peer, and their number.
func (s *search) from(start, turn int32) (length, pairs float64) {
	s.line = append(s.line[:0], start)
	s.seen[start] = turn
	end, distance := 1, 0 // of the peers at this distance
	for at := 0; at < len(s.line); at++ {
		if at == end {
			end = len(s.line)
			distance++
		}
		for _, to := range s.graph.out(s.line[at]) {
			if s.seen[to] != turn {
				s.seen[to] = turn
				s.line = append(s.line, to)
				length += float64(distance + 1)
				pairs++
			}
		}
	}
	return length, pairs
}
