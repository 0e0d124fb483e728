package protocoltest

import (
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// View is the arcs of a protocol on a living peer, as its runtime knows them.
func (n *Network) View(peer messages.PeerID, protocol string) protocols.View {
	if c := n.nodes[peer].proc(protocol); c != nil {
		return *c.truth
	}
	return protocols.View{}
}

// Arcs is the number of arcs of a protocol that living peers hold.
func (n *Network) Arcs(protocol string) int {
	sum := 0
	for _, p := range n.order {
		sum += n.View(p, protocol).Out.Len()
	}
	return sum
}

// Locks is the number of locked arcs of a protocol.
func (n *Network) Locks(protocol string) int {
	sum := 0
	for _, p := range n.order {
		for a := range n.View(p, protocol).Out.All() {
			sum += a.Locks
		}
	}
	return sum
}

// Components is the number of weakly connected components that the arcs of a
// protocol join the living peers to.
func (n *Network) Components(protocol string) int {
	root := map[messages.PeerID]messages.PeerID{}
	var find func(messages.PeerID) messages.PeerID
	find = func(p messages.PeerID) messages.PeerID {
		if up, ok := root[p]; ok && up != p {
			root[p] = find(up)
			return root[p]
		}
		return p
	}
	count := len(n.order)
	for _, p := range n.order {
		for a := range n.View(p, protocol).Out.All() {
			if !n.nodes[a.Peer].alive {
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

// Check says which rule of arcs the views break, if any. Both ends of an arc
// must agree only when the network is settled.
func (n *Network) Check(protocol string, settled bool) error {
	for _, p := range n.order {
		view := n.View(p, protocol)
		if view.Has(p) {
			return fmt.Errorf("%s holds an arc to itself", Name(p))
		}
		if !settled {
			continue
		}
		for a := range view.Out.All() {
			if in := n.View(a.Peer, protocol).In.Count(p); n.nodes[a.Peer].alive && in != a.Count {
				return fmt.Errorf("%s holds %d arcs to %s, which knows of %d", Name(p), a.Count, Name(a.Peer), in)
			}
		}
		for a := range view.In.All() {
			if out := n.View(a.Peer, protocol).Out.Count(p); n.nodes[a.Peer].alive && out != a.Count {
				return fmt.Errorf("%s knows of %d arcs from %s, which holds %d", Name(p), a.Count, Name(a.Peer), out)
			}
		}
	}
	return nil
}
