package lab

import "github.com/n2n-overlay/n2n/messages"

// faults are the ways in which the script has cut peers off from each other.
type faults struct {
	group  map[messages.PeerID]int // of the partition, from 1
	silent map[messages.PeerID]bool
	held   map[pair]bool
}

// pair is two peers, the smaller first.
type pair [2]messages.PeerID

func pairOf(a, b messages.PeerID) pair {
	if b.Less(a) {
		a, b = b, a
	}
	return pair{a, b}
}

// severed reports whether two peers will notice that they are cut off.
func (f *faults) severed(a, b messages.PeerID) bool {
	x, y := f.group[a], f.group[b]
	return f.silent[a] || f.silent[b] || x != 0 && y != 0 && x != y
}

// cut reports whether nothing passes between two peers.
func (f *faults) cut(a, b messages.PeerID) bool {
	return f.severed(a, b) || f.held[pairOf(a, b)]
}
