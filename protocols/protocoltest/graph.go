package protocoltest

import (
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

// Components is the number of weakly connected components that the arcs of a
// protocol join the living peers to.
func (n *Network) Components(protocol string) int { return Components(n, protocol) }

// Check says which rule of arcs the views break, if any. Both ends of an arc
// must agree only when the network is settled.
func (n *Network) Check(protocol string, settled bool) error {
	if !settled {
		return Holds(n, protocol, NoSelf)
	}
	return Holds(n, protocol, NoSelf, Agree)
}
