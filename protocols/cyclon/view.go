package cyclon

import (
	"math/rand/v2"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// entry is one arc of the view.
type entry struct {
	peer messages.PeerID
	age  int       // periods
	in   *exchange // the exchange that holds the entry: no other one takes it
}

// view holds the entries of a peer, in the order in which they were added. No two
// are of the same peer.
type view struct{ entries []*entry }

func (v *view) size() int { return len(v.entries) }

func (v *view) find(peer messages.PeerID) *entry {
	for _, e := range v.entries {
		if e.peer == peer {
			return e
		}
	}
	return nil
}

func (v *view) has(peer messages.PeerID) bool { return v.find(peer) != nil }

func (v *view) add(peer messages.PeerID, age int) {
	v.entries = append(v.entries, &entry{peer: peer, age: age})
}

func (v *view) remove(peer messages.PeerID) bool {
	before := len(v.entries)
	v.entries = slices.DeleteFunc(v.entries, func(e *entry) bool { return e.peer == peer })
	return len(v.entries) < before
}

// grow makes every entry one period older, up to most.
func (v *view) grow(most int) {
	for _, e := range v.entries {
		e.age = min(e.age+1, most)
	}
}

// oldest returns the oldest entry that is in no exchange and not of the given
// peers. Of several, it draws one at random.
func (v *view) oldest(r *rand.Rand, but []messages.PeerID) *entry {
	var oldest *entry
	ties := 0
	for _, e := range v.entries {
		switch {
		case e.in != nil || slices.Contains(but, e.peer) || oldest != nil && e.age < oldest.age:
		case oldest == nil || e.age > oldest.age:
			oldest, ties = e, 1
		default:
			if ties++; r.IntN(ties) == 0 {
				oldest = e
			}
		}
	}
	return oldest
}

// sample draws up to n entries that are in no exchange and not of the given peer.
func (v *view) sample(r *rand.Rand, n int, but messages.PeerID) []*entry {
	var drawn []*entry
	for _, e := range v.entries {
		if e.in == nil && e.peer != but {
			drawn = append(drawn, e)
		}
	}
	n = min(n, len(drawn))
	for i := range n {
		j := i + r.IntN(len(drawn)-i)
		drawn[i], drawn[j] = drawn[j], drawn[i]
	}
	return drawn[:n]
}

// hold takes entries for an exchange.
func (v *view) hold(entries []*entry, x *exchange) {
	for _, e := range entries {
		e.in = x
	}
}

// free releases the entries that an exchange holds.
func (v *view) free(x *exchange) {
	for _, e := range v.entries {
		if e.in == x {
			e.in = nil
		}
	}
}

// held returns the first entry that an exchange holds, or nil.
func (v *view) held(x *exchange) *entry {
	if x == nil {
		return nil
	}
	for _, e := range v.entries {
		if e.in == x {
			return e
		}
	}
	return nil
}
