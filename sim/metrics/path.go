package metrics

import "math/rand/v2"

// Path returns the mean length of the shortest paths along the arcs, in their
// direction. It considers all ordered pairs of different peers in which the first
// reaches the second. If there are more than sample peers, it draws sample first
// peers from random without repetition. used is their number. It returns 0 when no
// peer reaches another.
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

// search is a breadth-first search. It is reused for each turn.
type search struct {
	graph *Graph
	seen  []int32 // the last turn in which the peer was seen
	line  []int32
}

// from returns the sum of the lengths of the paths from a peer, and their number.
func (s *search) from(start, turn int32) (length, pairs float64) {
	s.line = append(s.line[:0], start)
	s.seen[start] = turn
	end, distance := 1, 0 // the end of the peers at this distance
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
