package tman

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// Target returns the overlay that results when every peer knows all others, as a
// function: it gives the peers that the i-th peer should hold arcs to, the View
// that it ranks best. With a Circular Rank, it takes the time of a sort. Otherwise
// it takes the square of the number of peers.
func (c Config) Target(peers []Descriptor) func(i int) []messages.PeerID {
	circle, ok := c.Rank.(Circular)
	if !ok {
		return func(i int) []messages.PeerID {
			return c.best(peers[i], slices.Delete(slices.Clone(peers), i, i+1))
		}
	}
	sorted := slices.Clone(peers)
	slices.SortFunc(sorted, circle.Compare)
	return func(i int) []messages.PeerID {
		at, _ := slices.BinarySearchFunc(sorted, peers[i], circle.Compare)
		reach := min(c.View, len(sorted)-1)
		var near []Descriptor
		for step := -reach; step <= reach; step++ {
			d := sorted[(at+step+len(sorted))%len(sorted)]
			twice := slices.ContainsFunc(near, func(n Descriptor) bool { return n.Peer == d.Peer })
			if d.Peer != peers[i].Peer && !twice {
				near = append(near, d)
			}
		}
		return c.best(peers[i], near)
	}
}

func (c Config) best(base Descriptor, others []Descriptor) []messages.PeerID {
	c.Rank.Sort(base, others)
	best := make([]messages.PeerID, min(c.View, len(others)))
	for i := range best {
		best[i] = others[i].Peer
	}
	return best
}
