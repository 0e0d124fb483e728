package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// extend returns the path of a walk with its sender added, for the receiver self to
// pass on. Circles are cut off.
func extend(self messages.PeerID, path []messages.PeerID, sender messages.PeerID) []messages.PeerID {
	var cut []messages.PeerID
	for _, hop := range append(slices.Clone(path), sender) {
		if hop == self {
			return cut // the next peer knows that the walk came from us
		}
		if i := slices.Index(cut, hop); i >= 0 {
			cut = cut[:i]
		}
		cut = append(cut, hop)
	}
	return cut
}

// route joins the parts of a way, nearest first, and returns the relays from self
// to a peer without circles. It is empty if no relay is needed. It is also empty if
// there would be too many; then only the rendezvous leads to the peer.
func route(self, to messages.PeerID, parts ...[]messages.PeerID) []messages.PeerID {
	var way []messages.PeerID
	for _, part := range parts {
		for _, hop := range part {
			switch i := slices.Index(way, hop); {
			case hop == to:
				return within(way)
			case hop == self:
				way = nil
			case i >= 0:
				way = way[:i+1]
			default:
				way = append(way, hop)
			}
		}
	}
	return within(way)
}

func within(way []messages.PeerID) []messages.PeerID {
	if len(way) > messages.MaxRoute {
		return nil
	}
	return way
}

// behind lists the relays from self back to the peer at the beginning of a walk,
// nearest first.
func behind(self, begin messages.PeerID, path []messages.PeerID, sender messages.PeerID) []messages.PeerID {
	back := append(slices.Clone(path), sender)
	slices.Reverse(back)
	return route(self, begin, back)
}
