package tman

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// MaxData is the most bytes of Data that a descriptor can have.
const MaxData = 256

// Descriptor is the data by which a peer is ranked: the profile in the paper's
// section 3.
type Descriptor struct {
	Peer messages.PeerID
	// Data belongs to the application: a position, a profile. At most MaxData bytes.
	// Do not change it.
	Data []byte
	// Version grows with each descriptor that the peer issues.
	Version uint64
}

// Rank is the ranking method, which decides the topology: a peer holds arcs to the
// peers that it ranks best. It is the same on all peers, and keeps no state.
type Rank interface {
	// Sort orders candidates by how much base prefers them, best first. The order
	// must be total and depend only on the descriptors. base is not among the
	// candidates, and no peer is there twice.
	Sort(base Descriptor, candidates []Descriptor)
	// Check returns an error if the Data of a remote peer cannot be ranked.
	Check(data []byte) error
}

// Locator is a Rank whose descriptors are positions. They follow from the round
// trips between peers.
type Locator interface {
	Rank
	// Locate returns the new Data of own after a round trip to other of so many
	// milliseconds. direction is drawn from [0, 1).
	Locate(own, other Descriptor, milliseconds, direction float64) []byte
}

// Circular is a Rank over peers in a circular order. The n best for a peer are among
// the n that follow it and the n that precede it, where the first peer follows the
// last.
type Circular interface {
	Rank
	// Compare returns a number below 0 if a comes before b, above 0 if after, and 0
	// for the same.
	Compare(a, b Descriptor) int
}

// order compares descriptors by their Data. Without Data it compares their PeerIDs.
type order struct{}

// Compare implements Circular.
func (order) Compare(a, b Descriptor) int {
	return cmp.Or(bytes.Compare(key(&a), key(&b)), a.Peer.Compare(b.Peer))
}

// Check implements Rank. Any Data can be compared.
func (order) Check([]byte) error { return nil }

func key(d *Descriptor) []byte {
	if len(d.Data) > 0 {
		return d.Data
	}
	return d.Peer[:]
}

// Ring sorts peers by their Data, as bytes, or by PeerID when they have none. It
// ranks successors and predecessors in turn: the direction-dependent ranking of the
// paper's section 3.2. With a View of 2, its target is the ring. With 2k, it is a
// ring in which each peer has k neighbors on either side.
type Ring struct{ order }

// Sort implements Rank.
func (r Ring) Sort(base Descriptor, candidates []Descriptor) {
	slices.SortFunc(candidates, r.Compare)
	first, _ := slices.BinarySearchFunc(candidates, base, r.Compare)
	sorted, n := slices.Clone(candidates), len(candidates)
	for i := range candidates {
		if i%2 == 0 {
			candidates[i] = sorted[(first+i/2)%n]
		} else {
			candidates[i] = sorted[(first-1-i/2+n)%n]
		}
	}
}

// Line is Ring without the arcs between the first and the last peer. A peer without
// others on one side ranks those on the other side.
type Line struct{ order }

// Sort implements Rank.
func (l Line) Sort(base Descriptor, candidates []Descriptor) {
	slices.SortFunc(candidates, l.Compare)
	next, _ := slices.BinarySearchFunc(candidates, base, l.Compare)
	sorted, before := slices.Clone(candidates), next-1
	for i := range candidates {
		if next < len(sorted) && (i%2 == 0 || before < 0) {
			candidates[i] = sorted[next]
			next++
		} else {
			candidates[i] = sorted[before]
			before--
		}
	}
}

// Distance ranks by a distance, nearest first, and equals by PeerID. NaN is
// farthest.
type Distance func(a, b Descriptor) float64

// Sort implements Rank.
func (d Distance) Sort(base Descriptor, candidates []Descriptor) {
	type measured struct {
		Descriptor
		far float64
	}
	all := make([]measured, len(candidates))
	for i, c := range candidates {
		all[i] = measured{c, d(base, c)}
		if math.IsNaN(all[i].far) {
			all[i].far = math.Inf(1)
		}
	}
	slices.SortFunc(all, func(a, b measured) int {
		return cmp.Or(cmp.Compare(a.far, b.far), a.Peer.Compare(b.Peer))
	})
	for i, m := range all {
		candidates[i] = m.Descriptor
	}
}

// Check implements Rank. A peer whose distance cannot be measured is far.
func (d Distance) Check([]byte) error { return nil }

// ByName returns the ranking methods that ship: ring, line and nearest.
func ByName(name string) (Rank, error) {
	switch name {
	case "ring":
		return Ring{}, nil
	case "line":
		return Line{}, nil
	case "nearest":
		return Nearest{}, nil
	default:
		return nil, fmt.Errorf("tman: there is no ranking method %q, only ring, line and nearest", name)
	}
}
