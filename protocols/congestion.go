package protocols

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// Congestion is the peers to which a handler sends less for now. The zero value has
// none.
type Congestion struct{ peers []messages.PeerID }

// Add notes messages.Congested of a peer.
func (c *Congestion) Add(peer messages.PeerID) {
	if !c.Has(peer) {
		c.peers = append(c.peers, peer)
	}
}

// Remove notes messages.Drained of a peer. The handler also calls it when the
// connection is lost, since no Drained follows then.
func (c *Congestion) Remove(peer messages.PeerID) {
	c.peers = slices.DeleteFunc(c.peers, func(p messages.PeerID) bool { return p == peer })
}

// Has reports whether a peer is congested.
func (c *Congestion) Has(peer messages.PeerID) bool { return slices.Contains(c.peers, peer) }
