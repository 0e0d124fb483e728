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

// Descriptor is what a peer is ranked by: the profile of the paper's section 3.
type Descriptor struct {
	Peer messages.PeerID
	// Data is the application's: a position, a profile. At most MaxData bytes, not
	// to be changed.
	Data []byte
	// Version grows with each descriptor that the peer issues.
	Version uint64
}

// Rank is the ranking method, which makes the topology: a peer is to hold arcs to
// those that it ranks best. It is the same on all peers, and keeps no state of one.
type Rank interface {
	// Sort orders candidates by how much base prefers them, best first. The order
	// must be total and depend on nothing but the descriptors. base is none of the
	// candidates, and no peer is there twice.
	Sort(base Descriptor, candidates []Descriptor)
	// Check says what is wrong with the Data of a peer, if it cannot be ranked. Data
	// comes from remote peers.
	Check(data []byte) error
}

// Locator is a Rank whose descriptors are positions that follow from the time that
// messages take.
type Locator interface {
	Rank
	// Locate returns the Data of own after a round trip to other took so many
	// milliseconds. direction is drawn from [0, 1).
	Locate(own, other Descriptor, milliseconds, direction float64) []byte
}

// Circular is a Rank over peers that have an order: the n best of anyone are among
// the n that follow and the n that precede it, the first following the last.
type Circular interface {
	Rank
	// Compare is below 0 when a comes before b, above when after, 0 for the same.
	Compare(a, b Descriptor) int
}

// order compares descriptors by their Data or, where there is none, their PeerID.
type order struct{}

// Compare implements Circular.
func (order) Compare(a, b Descriptor) int {
	return cmp.Or(bytes.Compare(key(&a), key(&b)), a.Peer.Compare(b.Peer))
}

// Check implements Rank: all Data can be compared.
func (order) Check([]byte) error { return nil }

func key(d *Descriptor) []byte {
	if len(d.Data) > 0 {
		return d.Data
	}
	return d.Peer[:]
}

// Ring sorts peers by their Data, as bytes, or by PeerID when they have none, and
// ranks successors and predecessors in turn: the direction-dependent ranking of the
// paper's section 3.2. With a View of 2 its target is the ring, with 2k a ring in
// which each peer has k neighbors on either side.
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

// Line is Ring without the arcs between the first and the last: who has nobody on
// one side ranks those on the other.
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

// Distance ranks by a distance, the nearest first and equals by PeerID. What is no
// number is farthest.
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

// Check implements Rank: what cannot be measured is far.
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
