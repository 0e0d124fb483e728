package protocoltest

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Overlay is peers and their arcs: a Network, or the world of package simtest.
type Overlay interface {
	// Peers lists the living peers in PeerID order.
	Peers() []messages.PeerID
	// View is the arcs of a protocol on a peer; empty when either does not run.
	View(peer messages.PeerID, protocol string) protocols.View
	// Run lets time pass.
	Run(d time.Duration)
}

// Property is something that holds of the arcs of a protocol: it says who breaks
// it, and how.
type Property func(o Overlay, protocol string) error

// Holds returns what the arcs of a protocol do not keep of some properties, the
// first in their order.
func Holds(o Overlay, protocol string, properties ...Property) error {
	for _, property := range properties {
		if err := property(o, protocol); err != nil {
			return fmt.Errorf("%s: %w", protocol, err)
		}
	}
	return nil
}

// Always lets d pass in steps, and fails the test unless the properties hold after
// each of them. A *testing.T, a *rapid.T and a GinkgoT() will do.
func Always(t TB, o Overlay, d, step time.Duration, protocol string, properties ...Property) {
	t.Helper()
	for past := step; past <= d; past += step {
		o.Run(step)
		if err := Holds(o, protocol, properties...); err != nil {
			t.Fatalf("after %v: %v", past, err)
		}
	}
}

// each asks of each living peer's view what it breaks.
func each(broken func(messages.PeerID, protocols.View) error) Property {
	return func(o Overlay, protocol string) error {
		for _, p := range o.Peers() {
			if err := broken(p, o.View(p, protocol)); err != nil {
				return err
			}
		}
		return nil
	}
}

// NoSelf: no peer holds an arc to itself.
func NoSelf(o Overlay, protocol string) error {
	return each(func(p messages.PeerID, view protocols.View) error {
		if view.Has(p) {
			return fmt.Errorf("%s has an arc to itself", Name(p))
		}
		return nil
	})(o, protocol)
}

// NoDuplicates: no peer holds two arcs to the same one.
func NoDuplicates(o Overlay, protocol string) error {
	return each(func(p messages.PeerID, view protocols.View) error {
		for a := range view.Out.All() {
			if a.Count > 1 {
				return fmt.Errorf("%s holds %d arcs to %s", Name(p), a.Count, Name(a.Peer))
			}
		}
		return nil
	})(o, protocol)
}

// Outviews: every peer holds least to most arcs.
func Outviews(least, most int) Property {
	return each(func(p messages.PeerID, view protocols.View) error {
		if n := view.Out.Len(); n < least || n > most {
			return fmt.Errorf("%s holds %d arcs, must be %d to %d", Name(p), n, least, most)
		}
		return nil
	})
}

// Unlocked: no arc is locked. For when nothing is under way.
func Unlocked(o Overlay, protocol string) error {
	return each(func(p messages.PeerID, view protocols.View) error {
		for a := range view.Out.All() {
			if a.Locks > 0 {
				return fmt.Errorf("%s has %d locks on its arcs to %s", Name(p), a.Locks, Name(a.Peer))
			}
		}
		return nil
	})(o, protocol)
}

// Agree: what a peer holds out, the other end holds in, among the living. For
// when nothing is under way: an arc is known at its other end a message later.
func Agree(o Overlay, protocol string) error {
	views := map[messages.PeerID]protocols.View{}
	for _, p := range o.Peers() {
		views[p] = o.View(p, protocol)
	}
	return each(func(p messages.PeerID, view protocols.View) error {
		for q := range view.Peers() {
			other, alive := views[q]
			if !alive {
				continue
			}
			if out, in := view.Out.Count(q), other.In.Count(p); out != in {
				return fmt.Errorf("%s holds %d arcs to %s, which knows of %d", Name(p), out, Name(q), in)
			}
			if in, out := view.In.Count(q), other.Out.Count(p); out != in {
				return fmt.Errorf("%s holds %d arcs to %s, which knows of %d", Name(q), out, Name(p), in)
			}
		}
		return nil
	})(o, protocol)
}

// Symmetric: who holds an arc to a peer has one from it, as in HyParView's active
// views. For when nothing is under way.
func Symmetric(o Overlay, protocol string) error {
	return each(func(p messages.PeerID, view protocols.View) error {
		for q := range view.Peers() {
			if (view.Out.Count(q) > 0) != (view.In.Count(q) > 0) {
				return fmt.Errorf("the arcs between %s and %s point one way only", Name(p), Name(q))
			}
		}
		return nil
	})(o, protocol)
}

// Connected: all living peers are in one piece, whichever way the arcs point.
func Connected(o Overlay, protocol string) error {
	if n := Components(o, protocol); n > 1 {
		return fmt.Errorf("the %d living peers are in %d pieces", len(o.Peers()), n)
	}
	return nil
}

// Components is the number of weakly connected components that the arcs of a
// protocol join the living peers to.
func Components(o Overlay, protocol string) int {
	root := map[messages.PeerID]messages.PeerID{}
	var find func(messages.PeerID) messages.PeerID
	find = func(p messages.PeerID) messages.PeerID {
		if up, ok := root[p]; ok && up != p {
			root[p] = find(up)
			return root[p]
		}
		return p
	}
	peers := o.Peers()
	alive, count := map[messages.PeerID]bool{}, len(peers)
	for _, p := range peers {
		alive[p] = true
	}
	for _, p := range peers {
		for a := range o.View(p, protocol).Out.All() {
			if !alive[a.Peer] {
				continue
			}
			if x, y := find(p), find(a.Peer); x != y {
				root[x] = y
				count--
			}
		}
	}
	return count
}
