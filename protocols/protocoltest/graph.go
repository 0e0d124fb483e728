package protocoltest

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// View returns the arcs of a protocol on a living peer, as the network knows them.
func (n *Network) View(peer messages.PeerID, protocol string) protocols.View {
	if c := n.nodes[peer].proc(protocol); c != nil {
		return *c.truth
	}
	return protocols.View{}
}

// Arcs returns the number of arcs of a protocol that living peers hold.
func (n *Network) Arcs(protocol string) int {
	sum := 0
	for _, p := range n.order {
		sum += n.View(p, protocol).Out.Len()
	}
	return sum
}

// Components returns the number of weakly connected components of the graph of
// living peers and the arcs of a protocol.
func (n *Network) Components(protocol string) int { return Components(n, protocol) }

// Check returns an error that names the rule of arcs that the views break, if there
// is one. Both ends of an arc must agree only when the network is settled.
func (n *Network) Check(protocol string, settled bool) error {
	if !settled {
		return Holds(n, protocol, NoSelf)
	}
	return Holds(n, protocol, NoSelf, Agree)
}
