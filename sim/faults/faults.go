package faults

import (
	"fmt"
	"maps"
	"sync/atomic"

	"github.com/n2n-overlay/n2n/messages"
)

// Faults are the ways in which peers are cut off from each other. One goroutine
// changes them; any may read them.
type Faults struct {
	now     atomic.Pointer[state]
	changed func()
}

// state is never changed once a Faults has it.
type state struct {
	group  map[messages.PeerID]int // of a partition, from 1
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

// New returns Faults without any fault. It calls changed after each change, so that
// messages which nothing holds back any more go on.
func New(changed func()) *Faults {
	f := &Faults{changed: changed}
	f.now.Store(&state{})
	return f
}

func (f *Faults) change(change func(*state)) {
	old := f.now.Load()
	next := state{group: old.group, silent: maps.Clone(old.silent), held: maps.Clone(old.held)}
	if next.silent == nil {
		next.silent, next.held = map[messages.PeerID]bool{}, map[pair]bool{}
	}
	change(&next)
	f.now.Store(&next)
	f.changed()
}

// Partition cuts groups of peers off from each other, until Repair. An earlier
// partition ends. Peers in no group reach everybody.
func (f *Faults) Partition(groups ...[]messages.PeerID) error {
	group := map[messages.PeerID]int{}
	for i, peers := range groups {
		for _, id := range peers {
			if group[id] != 0 {
				return fmt.Errorf("partition: %s is in two groups", id)
			}
			group[id] = i + 1
		}
	}
	f.change(func(s *state) { s.group = group })
	return nil
}

// Repair undoes Partition. Messages sent meanwhile arrive on the connections that
// still exist.
func (f *Faults) Repair() { f.change(func(s *state) { s.group = nil }) }

// Silence lets a peer go on, but no message reaches it or leaves it any more, on
// its connections or through a signaling service.
func (f *Faults) Silence(id messages.PeerID) { f.change(func(s *state) { s.silent[id] = true }) }

// Speak undoes Silence.
func (f *Faults) Speak(id messages.PeerID) { f.change(func(s *state) { delete(s.silent, id) }) }

// Hold delays all messages between two peers until Release. They notice nothing.
func (f *Faults) Hold(a, b messages.PeerID) { f.change(func(s *state) { s.held[pairOf(a, b)] = true }) }

// Release undoes Hold.
func (f *Faults) Release(a, b messages.PeerID) {
	f.change(func(s *state) { delete(s.held, pairOf(a, b)) })
}

// Clear undoes all.
func (f *Faults) Clear() { f.change(func(s *state) { *s = state{} }) }

// Silent reports whether a peer is silenced.
func (f *Faults) Silent(id messages.PeerID) bool { return f.now.Load().silent[id] }

// Severed reports whether nothing passes between two peers, and they will notice.
func (f *Faults) Severed(a, b messages.PeerID) bool { return f.now.Load().severed(a, b) }

// Cut reports whether nothing passes between two peers: they are severed, or held.
func (f *Faults) Cut(a, b messages.PeerID) bool {
	s := f.now.Load()
	return s.severed(a, b) || len(s.held) > 0 && s.held[pairOf(a, b)]
}

func (s *state) severed(a, b messages.PeerID) bool {
	if len(s.silent) > 0 && (s.silent[a] || s.silent[b]) {
		return true
	}
	if len(s.group) == 0 {
		return false
	}
	x, y := s.group[a], s.group[b]
	return x != 0 && y != 0 && x != y
}
