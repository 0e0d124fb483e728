package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// defaultDetection is how long it takes to notice that nothing comes any more.
const defaultDetection = 15 * time.Second

// faults are the ways in which pairs of peers are cut off from each other.
type faults struct {
	group  map[messages.PeerID]int // of a partition, from 1
	silent map[messages.PeerID]bool
	held   map[[2]messages.PeerID]bool
	// serverDown: the signaling service is stopped.
	serverDown bool
}

func pair(a, b messages.PeerID) [2]messages.PeerID {
	if b.Less(a) {
		a, b = b, a
	}
	return [2]messages.PeerID{a, b}
}

// cut reports whether nothing passes between two nodes.
func (f *faults) cut(a, b *node) bool {
	return f.severed(a, b) || len(f.held) > 0 && f.held[pair(a.id, b.id)]
}

// severed reports whether the two will notice that they are cut off.
func (f *faults) severed(a, b *node) bool {
	if len(f.silent) > 0 && (f.silent[a.id] || f.silent[b.id]) {
		return true
	}
	if len(f.group) == 0 {
		return false
	}
	x, y := f.group[a.id], f.group[b.id]
	return x != 0 && y != 0 && x != y
}

// Partition cuts groups of peers off from each other, until Repair. A partition
// that was there before ends. Peers in no group reach everybody.
func (w *World) Partition(groups ...[]messages.PeerID) error {
	group := map[messages.PeerID]int{}
	for i, peers := range groups {
		for _, id := range peers {
			if group[id] != 0 {
				return fmt.Errorf("sim: partition: %s is in two groups", id)
			}
			group[id] = i + 1
		}
	}
	w.faults.group = group
	w.faultsChanged()
	return nil
}

// Repair undoes Partition: what was sent meanwhile arrives, on the connections
// that still are.
func (w *World) Repair() {
	w.faults.group = nil
	w.faultsChanged()
}

// Silence lets a peer go on, but nothing reaches it or comes from it any more.
func (w *World) Silence(id messages.PeerID) {
	if w.faults.silent == nil {
		w.faults.silent = map[messages.PeerID]bool{}
	}
	w.faults.silent[id] = true
	w.faultsChanged()
}

// Speak undoes Silence.
func (w *World) Speak(id messages.PeerID) {
	delete(w.faults.silent, id)
	w.faultsChanged()
}

// Hold delays all messages between two peers until Release. They notice nothing.
func (w *World) Hold(a, b messages.PeerID) {
	if w.faults.held == nil {
		w.faults.held = map[[2]messages.PeerID]bool{}
	}
	w.faults.held[pair(a, b)] = true
}

// Release undoes Hold.
func (w *World) Release(a, b messages.PeerID) {
	delete(w.faults.held, pair(a, b))
	w.faultsChanged()
}

// faultsChanged lets what waited travel, and starts or stops the clocks of
// connections whose ends are cut off.
func (w *World) faultsChanged() {
	for _, number := range slices.Sorted(maps.Keys(w.conns)) {
		c := w.conns[number]
		if c.other == nil {
			continue
		}
		switch severed := w.faults.severed(c.node, c.other.node); {
		case c.ended:
		case severed && c.failing == nil && c.open:
			c.failing = c.tell(orDefault(w.config.Network.Detection, defaultDetection),
				actors.ConnClosed{Err: fmt.Errorf("nothing came from the other side any more")})
		case !severed && c.failing != nil && !c.other.ended: // else nothing will ever come
			if c.failing.index >= 0 {
				w.events.take(c.failing)
			}
			c.failing = nil
		}
		if len(c.held) > 0 && !w.faults.cut(c.node, c.other.node) {
			held := c.held
			c.held = nil
			for _, e := range held {
				e.at += w.now
				if e.class == protocols.Ordered {
					e.at = max(e.at, c.last[e.class])
					c.last[e.class] = e.at
				}
				w.post(e)
			}
			if c.ended {
				delete(w.conns, c.number)
				c.other = nil
			}
		}
	}
}
