package spray

import (
	"math/rand/v2"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// state says in which step of an exchange an arc is.
type state uint8

const (
	free   state = iota // in no exchange
	held                // in the sample of an exchange
	doomed              // replaced elsewhere and being closed: no longer part of the view
)

// arc is one arc that this peer holds.
type arc struct {
	peer   messages.PeerID
	age    int32 // periods since it was opened or last tried as the oldest
	state  state
	locked bool
	gone   bool // the arc ended during an exchange
}

// outview is the multiset of the arcs that this peer holds, in the order in which
// they were opened.
type outview struct{ arcs []*arc }

// size returns the number of arcs without those that are being closed.
func (v *outview) size() int {
	n := 0
	for _, a := range v.arcs {
		if a.state != doomed {
			n++
		}
	}
	return n
}

// count returns the number of arcs to a peer, with those that are being closed.
func (v *outview) count(peer messages.PeerID) int {
	n := 0
	for _, a := range v.arcs {
		if a.peer == peer {
			n++
		}
	}
	return n
}

func (v *outview) add(peer messages.PeerID) { v.arcs = append(v.arcs, &arc{peer: peer}) }

// grow makes every arc one period older.
func (v *outview) grow() {
	for _, a := range v.arcs {
		a.age++
	}
}

// remove takes one arc out.
func (v *outview) remove(gone *arc) {
	if i := slices.Index(v.arcs, gone); i >= 0 {
		v.arcs = slices.Delete(v.arcs, i, i+1)
	}
	gone.gone = true
}

// take removes one arc to a peer, if possible the youngest free one.
func (v *outview) take(peer messages.PeerID) (*arc, bool) {
	var last *arc
	for _, a := range v.arcs {
		if a.peer == peer && (last == nil || a.state <= last.state) {
			last = a
		}
	}
	if last != nil {
		v.remove(last)
	}
	return last, last != nil
}

// takeAll removes all arcs to a peer. It returns how many of them were not yet
// replaced elsewhere.
func (v *outview) takeAll(peer messages.PeerID) int {
	lost := 0
	v.arcs = slices.DeleteFunc(v.arcs, func(a *arc) bool {
		if a.peer != peer {
			return false
		}
		if a.state != doomed {
			lost++
		}
		a.gone = true
		return true
	})
	return lost
}

// oldest returns the oldest free arc to a peer that suits. Of several, it draws one
// at random.
func (v *outview) oldest(r *rand.Rand, suits func(messages.PeerID) bool) *arc {
	var oldest *arc
	ties := 0
	for _, a := range v.arcs {
		switch {
		case a.state != free || !suits(a.peer) || oldest != nil && a.age < oldest.age:
		case oldest == nil || a.age > oldest.age:
			oldest, ties = a, 1
		default:
			if ties++; r.IntN(ties) == 0 {
				oldest = a
			}
		}
	}
	return oldest
}

// sample draws up to n free arcs to peers that suit, but not the arc apart.
func (v *outview) sample(r *rand.Rand, n int, apart *arc, suits func(messages.PeerID) bool) []*arc {
	var drawn []*arc
	for _, a := range v.arcs {
		if a.state == free && a != apart && suits(a.peer) {
			drawn = append(drawn, a)
		}
	}
	n = min(n, len(drawn))
	for i := range n {
		j := i + r.IntN(len(drawn)-i)
		drawn[i], drawn[j] = drawn[j], drawn[i]
	}
	return drawn[:n]
}

// occurrences lists the peers of the view, one for each arc.
func (v *outview) occurrences() []messages.PeerID {
	peers := make([]messages.PeerID, 0, len(v.arcs))
	for _, a := range v.arcs {
		if a.state != doomed {
			peers = append(peers, a.peer)
		}
	}
	return peers
}

// half is the size of a sample of a view.
func half(size int) int { return (size + 1) / 2 }
