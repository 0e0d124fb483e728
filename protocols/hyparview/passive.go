package hyparview

import (
	"math/rand/v2"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// entry is a peer of the passive view with the relays to it, as they were last
// told. Without relays, only the rendezvous or a connection that still lives leads
// to it.
type entry struct {
	peer messages.PeerID
	via  []messages.PeerID
}

// passiveView holds known peers that are not neighbors, at most most.
type passiveView struct {
	entries []entry
	most    int
}

func (v *passiveView) find(peer messages.PeerID) int {
	return slices.IndexFunc(v.entries, func(e entry) bool { return e.peer == peer })
}

func (v *passiveView) remove(peer messages.PeerID) {
	if i := v.find(peer); i >= 0 {
		v.entries = slices.Delete(v.entries, i, i+1)
	}
}

// add takes a peer in. If the view is full, a peer listed in first makes room and
// is taken off that list. Without one, a random peer makes room. A peer that is
// there already gets the newer route.
func (v *passiveView) add(r *rand.Rand, e entry, first *[]messages.PeerID) {
	if i := v.find(e.peer); i >= 0 {
		if len(e.via) > 0 {
			v.entries[i].via = e.via
		}
		return
	}
	if len(v.entries) == v.most {
		v.evict(r, first)
	}
	v.entries = append(v.entries, e)
}

func (v *passiveView) evict(r *rand.Rand, first *[]messages.PeerID) {
	for first != nil && len(*first) > 0 {
		peer := (*first)[0]
		*first = (*first)[1:]
		if i := v.find(peer); i >= 0 {
			v.entries = slices.Delete(v.entries, i, i+1)
			return
		}
	}
	i := r.IntN(len(v.entries))
	v.entries = slices.Delete(v.entries, i, i+1)
}

// sample draws up to n entries that suit.
func (v *passiveView) sample(r *rand.Rand, n int, suits func(messages.PeerID) bool) []entry {
	var drawn []entry
	for _, e := range v.entries {
		if suits == nil || suits(e.peer) {
			drawn = append(drawn, e)
		}
	}
	return draw(r, drawn, n)
}

// draw moves up to n random elements to the front, and returns them.
func draw[T any](r *rand.Rand, from []T, n int) []T {
	n = max(0, min(n, len(from)))
	for i := range n {
		j := i + r.IntN(len(from)-i)
		from[i], from[j] = from[j], from[i]
	}
	return from[:n]
}
