package protocols

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// View is the arcs of one protocol on one peer.
type View struct {
	Out Arcs `json:"out"` // outview: the arcs this peer holds
	In  Arcs `json:"in"`  // inview: the arcs that other peers hold to this one
}

// Has reports whether there is an arc to or from peer.
func (v View) Has(peer messages.PeerID) bool {
	return v.Out.Count(peer) > 0 || v.In.Count(peer) > 0
}

// Change adds arcs to one direction of the view, and sets the locks of an outview: for those
// who implement a Port. No count falls below 0, and no more arcs are locked than there are.
func (v *View) Change(peer messages.PeerID, dir messages.Direction, by, locks int) {
	arcs := &v.In
	if dir == messages.Out {
		arcs = &v.Out
	} else {
		locks = 0
	}
	arc := Arc{Peer: peer}
	i, ok := arcs.find(peer)
	if ok {
		arc = arcs.entries[i]
	}
	arc.Count = max(0, arc.Count+by)
	arc.Locks = min(locks, arc.Count)
	arcs.put(arc, i, ok)
}

// Peers iterates over the peers of both directions, each once, in PeerID order.
func (v View) Peers() iter.Seq[messages.PeerID] {
	return func(yield func(messages.PeerID) bool) {
		out, in := v.Out.entries, v.In.entries
		for len(out) > 0 || len(in) > 0 {
			var next messages.PeerID
			switch {
			case len(in) == 0 || len(out) > 0 && out[0].Peer.Less(in[0].Peer):
				next, out = out[0].Peer, out[1:]
			case len(out) == 0 || in[0].Peer.Less(out[0].Peer):
				next, in = in[0].Peer, in[1:]
			default:
				next, out, in = out[0].Peer, out[1:], in[1:]
			}
			if !yield(next) {
				return
			}
		}
	}
}

// Arc is the arcs of one direction to one peer.
type Arc struct {
	Peer  messages.PeerID `json:"peer"`
	Count int             `json:"count"`           // occurrences, at least 1
	Locks int             `json:"locks,omitempty"` // how many of them are locked, 0 ≤ Locks ≤ Count; 0 in an inview
}

// Arcs is a multiset of arcs, in PeerID order. The zero value is empty.
type Arcs struct {
	entries []Arc
	size    int
}

// MarshalJSON writes a list of Arc.
func (a Arcs) MarshalJSON() ([]byte, error) { return json.Marshal(append([]Arc{}, a.entries...)) }

// UnmarshalJSON reads a list of Arc, each peer once.
func (a *Arcs) UnmarshalJSON(text []byte) error {
	var list []Arc
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*a = Arcs{}
	for _, arc := range list {
		if arc.Count < 1 || arc.Locks < 0 || arc.Locks > arc.Count || a.Count(arc.Peer) > 0 {
			return fmt.Errorf("arcs to %s: %d of which %d are locked cannot be, or are named twice", arc.Peer, arc.Count, arc.Locks)
		}
		a.Set(arc)
	}
	return nil
}

// Len returns the number of arcs, with all occurrences.
func (a Arcs) Len() int { return a.size }

// Distinct returns the number of peers.
func (a Arcs) Distinct() int { return len(a.entries) }

// At returns the arcs to the i-th peer in PeerID order, 0 ≤ i < Distinct.
func (a Arcs) At(i int) Arc { return a.entries[i] }

// Get returns the arcs to a peer; Count is 0 when there are none.
func (a Arcs) Get(peer messages.PeerID) Arc {
	if i, ok := a.find(peer); ok {
		return a.entries[i]
	}
	return Arc{Peer: peer}
}

// Count returns the number of arcs to a peer.
func (a Arcs) Count(peer messages.PeerID) int { return a.Get(peer).Count }

// All iterates over the peers in PeerID order.
func (a Arcs) All() iter.Seq[Arc] { return slices.Values(a.entries) }

// Peers lists the peers, each once, in PeerID order.
func (a Arcs) Peers() []messages.PeerID {
	peers := make([]messages.PeerID, 0, len(a.entries))
	for _, e := range a.entries {
		peers = append(peers, e.Peer)
	}
	return peers
}

// Occurrences lists each peer once for each of its arcs, in PeerID order.
func (a Arcs) Occurrences() []messages.PeerID {
	peers := make([]messages.PeerID, 0, a.size)
	for _, e := range a.entries {
		for range e.Count {
			peers = append(peers, e.Peer)
		}
	}
	return peers
}

// Set replaces the arcs to a peer by arc. A Count of 0 removes them. It panics
// unless 0 ≤ Locks ≤ Count.
func (a *Arcs) Set(arc Arc) {
	i, ok := a.find(arc.Peer)
	a.put(arc, i, ok)
}

// put replaces the arcs at a place, which are to the same peer if there are any.
func (a *Arcs) put(arc Arc, i int, there bool) {
	if arc.Locks < 0 || arc.Locks > arc.Count {
		panic("protocols: arcs to " + arc.Peer.String() + ": locks outside 0 to count")
	}
	switch {
	case there && arc.Count == 0:
		a.size -= a.entries[i].Count
		a.entries = slices.Delete(a.entries, i, i+1)
	case there:
		a.size += arc.Count - a.entries[i].Count
		a.entries[i] = arc
	case arc.Count > 0:
		a.size += arc.Count
		a.entries = slices.Insert(a.entries, i, arc)
	}
}

func (a Arcs) find(peer messages.PeerID) (int, bool) {
	low, high := 0, len(a.entries)
	for low < high {
		middle := (low + high) / 2
		if a.entries[middle].Peer.Less(peer) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(a.entries) && a.entries[low].Peer == peer
}
