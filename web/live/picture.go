package live

import (
	"cmp"
	"maps"
	"slices"
)

// The bounds of a picture.
const (
	maxPeers       = 2_000
	maxArcs        = 40_000 // and connections
	maxProtocols   = 64     // with arcs
	smallestNumber = 1      // of a peer; 0 is none
)

// picture is an overlay at one moment, as it is drawn. Its arcs and connections are
// between its peers.
type picture struct {
	protocols   []string // in order; arcs name them by their index
	peers       map[int]node
	arcs        map[arcKey]int // counts, above 0
	connections map[linkKey]bool
	hidden      hidden
}

// hidden counts known peers and arcs that are not drawn.
type hidden struct{ peers, arcs int }

// arcKey identifies the arcs of a protocol from one peer to another.
type arcKey struct{ from, to, protocol int }

// linkKey identifies a connection between two peers. The smaller number is first.
type linkKey struct{ a, b int }

func linkOf(a, b int) linkKey { return linkKey{min(a, b), max(a, b)} }

func newPicture() *picture {
	return &picture{peers: map[int]node{}, arcs: map[arcKey]int{}, connections: map[linkKey]bool{}}
}

// change is the difference between two pictures.
type change struct {
	came        []node
	went        []int
	arcs        map[arcKey]int   // new counts; 0: gone
	connections map[linkKey]bool // false: gone
	hidden      hidden
}

// diff returns the change between two pictures. It returns false when a whole
// picture is needed, because a change cannot tell of new protocols, or of another
// name or kind of a peer. The arcs and connections of a peer that went go with it.
func diff(old, next *picture) (change, bool) {
	c := change{arcs: map[arcKey]int{}, connections: map[linkKey]bool{}, hidden: next.hidden}
	if !slices.Equal(old.protocols, next.protocols) {
		return change{}, false
	}
	for _, n := range sortedKeys(next.peers) {
		before, known := old.peers[n]
		if known && before != next.peers[n] {
			return change{}, false
		}
		if !known {
			c.came = append(c.came, next.peers[n])
		}
	}
	stays := func(n int) bool { _, ok := next.peers[n]; return ok }
	for _, n := range sortedKeys(old.peers) {
		if !stays(n) {
			c.went = append(c.went, n)
		}
	}
	for key, count := range next.arcs {
		if old.arcs[key] != count {
			c.arcs[key] = count
		}
	}
	for key := range old.arcs {
		if next.arcs[key] == 0 && stays(key.from) && stays(key.to) {
			c.arcs[key] = 0
		}
	}
	for key := range next.connections {
		if !old.connections[key] {
			c.connections[key] = true
		}
	}
	for key := range old.connections {
		if !next.connections[key] && stays(key.a) && stays(key.b) {
			c.connections[key] = false
		}
	}
	return c, true
}

// nothing reports whether the change is empty.
func (c change) nothing(before hidden) bool {
	return len(c.came)+len(c.went)+len(c.arcs)+len(c.connections) == 0 && c.hidden == before
}

func sortedKeys[V any](m map[int]V) []int { return slices.Sorted(maps.Keys(m)) }

func sortedArcs(arcs map[arcKey]int) []arcKey {
	return slices.SortedFunc(maps.Keys(arcs), func(x, y arcKey) int {
		return cmp.Or(x.from-y.from, x.to-y.to, x.protocol-y.protocol)
	})
}

func sortedLinks(links map[linkKey]bool) []linkKey {
	return slices.SortedFunc(maps.Keys(links), func(x, y linkKey) int { return cmp.Or(x.a-y.a, x.b-y.b) })
}
