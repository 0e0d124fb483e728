package protocoltest

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Overlay is a set of peers and their arcs: a Network, or the world of package
// simtest.
type Overlay interface {
	// Peers lists the living peers in PeerID order.
	Peers() []messages.PeerID
	// View returns the arcs of a protocol on a peer. It is empty when either does
	// not run.
	View(peer messages.PeerID, protocol string) protocols.View
	// Run lets the time d pass.
	Run(d time.Duration)
}

// Property is a rule for the arcs of a protocol. Its error names the peer that
// breaks the rule, and how.
type Property func(o Overlay, protocol string) error

// Holds returns the error of the first property that the arcs of a protocol break.
func Holds(o Overlay, protocol string, properties ...Property) error {
	for _, property := range properties {
		if err := property(o, protocol); err != nil {
			return fmt.Errorf("%s: %w", protocol, err)
		}
	}
	return nil
}

// Always runs for d in steps. It fails the test unless the properties hold after
// each step. A *testing.T, a *rapid.T or a GinkgoT() will do.
func Always(t TB, o Overlay, d, step time.Duration, protocol string, properties ...Property) {
	t.Helper()
	for past := step; past <= d; past += step {
		o.Run(step)
		if err := Holds(o, protocol, properties...); err != nil {
			t.Fatalf("after %v: %v", past, err)
		}
	}
}

// each applies broken to the view of each living peer.
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

// NoSelf is the property that no peer holds an arc to itself.
func NoSelf(o Overlay, protocol string) error {
	return each(func(p messages.PeerID, view protocols.View) error {
		if view.Has(p) {
			return fmt.Errorf("%s has an arc to itself", Name(p))
		}
		return nil
	})(o, protocol)
}

// NoDuplicates is the property that no peer holds two arcs to the same peer.
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

// Outviews is the property that every peer holds from least to most arcs.
func Outviews(least, most int) Property {
	return each(func(p messages.PeerID, view protocols.View) error {
		if n := view.Out.Len(); n < least || n > most {
			return fmt.Errorf("%s holds %d arcs, must be %d to %d", Name(p), n, least, most)
		}
		return nil
	})
}

// Unlocked is the property that no arc is locked. Use it when nothing is under way.
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

// Agree is the property that the inview of one living peer agrees with the outview
// of the other. Use it when nothing is under way: the other end knows of an arc
// only one message later.
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

// Symmetric is the property that arcs between two peers point both ways, as in
// HyParView's active views. Use it when nothing is under way.
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

// Connected is the property that all living peers are in one piece, if the
// direction of arcs is ignored.
func Connected(o Overlay, protocol string) error {
	if n := Components(o, protocol); n > 1 {
		return fmt.Errorf("the %d living peers are in %d pieces", len(o.Peers()), n)
	}
	return nil
}

// Components returns the number of weakly connected components of the graph of
// living peers and the arcs of a protocol.
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
