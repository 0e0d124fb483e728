package live

import (
	"maps"

	"github.com/n2n-overlay/n2n/messages"
)

// maxNumbers is how many peers are remembered with their numbers, with those of the
// picture.
const maxNumbers = 4 * maxPeers

// node is a peer as pages see it.
type node struct {
	N    int             `json:"n"`
	ID   messages.PeerID `json:"id"`
	Name string          `json:"name"`
	Kind Kind            `json:"kind"`
}

// numbers gives peers their numbers. A number is never given to another peer.
type numbers struct {
	last int
	of   map[messages.PeerID]node
	by   map[int]messages.PeerID
}

func newNumbers() *numbers {
	return &numbers{last: smallestNumber - 1, of: map[messages.PeerID]node{}, by: map[int]messages.PeerID{}}
}

// take returns a peer's node. A new peer gets a number. If only the PeerID is known,
// an old node does not change.
func (n *numbers) take(p Peer) node {
	known, old := n.of[p.ID]
	if !old {
		n.last++
		known = node{N: n.last, ID: p.ID, Name: p.ID.Short(), Kind: Go}
	}
	if p.Name != "" {
		known.Name = p.Name
	}
	if p.Kind != "" {
		known.Kind = p.Kind
	}
	n.of[p.ID] = known
	n.by[known.N] = p.ID
	return known
}

// number returns a peer's number, or 0 if it has none.
func (n *numbers) number(id messages.PeerID) int { return n.of[id].N }

// forget drops peers that are not in a picture, when there are too many.
func (n *numbers) forget(p *picture) {
	if len(n.of) <= maxNumbers {
		return
	}
	maps.DeleteFunc(n.of, func(_ messages.PeerID, known node) bool {
		_, drawn := p.peers[known.N]
		return !drawn
	})
	maps.DeleteFunc(n.by, func(number int, _ messages.PeerID) bool {
		_, drawn := p.peers[number]
		return !drawn
	})
}
