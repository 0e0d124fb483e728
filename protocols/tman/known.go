package tman

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// entry is all that a peer knows of another one. The paper's view has one for each.
type entry struct {
	Descriptor
	issued time.Time         // when the owner issued it, in our time
	spoke  time.Time         // when the owner itself last told its descriptor; zero: never
	route  []messages.PeerID // the relays to it, nearest first, unless it is a neighbor
}

// table holds all that a peer knows, in PeerID order, with one entry for each peer.
type table struct{ entries []entry }

func (t *table) find(peer messages.PeerID) (int, bool) {
	return slices.BinarySearchFunc(t.entries, peer, func(e entry, p messages.PeerID) int { return e.Peer.Compare(p) })
}

// get returns the entry of a peer, or nil. It is valid until the next change.
func (t *table) get(peer messages.PeerID) *entry {
	if i, ok := t.find(peer); ok {
		return &t.entries[i]
	}
	return nil
}

// put adds an entry, or replaces that of the same peer.
func (t *table) put(e entry) {
	i, ok := t.find(e.Peer)
	if ok {
		t.entries[i] = e
		return
	}
	t.entries = slices.Insert(t.entries, i, e)
}

func (t *table) remove(peer messages.PeerID) {
	if i, ok := t.find(peer); ok {
		t.entries = slices.Delete(t.entries, i, i+1)
	}
}

// hear takes over what a third peer says of a peer, and reports whether that is
// news. For ttl, the word of the owner counts more than that of others. A known
// version does not become younger when it is told again. An older version is
// ignored.
func (t *table) hear(d hearsay, now time.Time, ttl time.Duration, reachable func(entry) bool) bool {
	issued := now.Add(-d.age)
	heard := entry{Descriptor: d.Descriptor, issued: issued, route: d.route}
	e := t.get(d.Peer)
	switch {
	case d.age > ttl:
		return false
	case e == nil:
		t.put(heard)
		return true
	case !e.spoke.IsZero() && now.Sub(e.spoke) <= ttl:
	case d.Version > e.Version:
		e.Descriptor, e.issued, e.spoke = d.Descriptor, issued, time.Time{}
	case d.Version < e.Version:
		return false
	}
	if !reachable(*e) || reachable(heard) && len(d.route) <= len(e.route) {
		e.route = d.route
	}
	return true
}

// speak takes over what a peer says of itself, with any version.
func (t *table) speak(d Descriptor, now time.Time) {
	e := entry{Descriptor: d, issued: now, spoke: now}
	if old := t.get(d.Peer); old != nil {
		e.route = old.route
	}
	t.put(e)
}

// block is a peer that is believed to be gone until it speaks itself.
type block struct {
	peer  messages.PeerID
	until time.Time
}

// maxBlocked is how many blocks are remembered.
const maxBlocked = 256

// blocked is a list of blocks, oldest first.
type blocked []block

func (b *blocked) add(peer messages.PeerID, until time.Time) {
	b.lift(peer)
	if len(*b) == maxBlocked {
		*b = slices.Delete(*b, 0, 1)
	}
	*b = append(*b, block{peer, until})
}

func (b *blocked) lift(peer messages.PeerID) {
	*b = slices.DeleteFunc(*b, func(x block) bool { return x.peer == peer })
}

func (b blocked) has(peer messages.PeerID, now time.Time) bool {
	return slices.ContainsFunc(b, func(x block) bool { return x.peer == peer && now.Before(x.until) })
}
