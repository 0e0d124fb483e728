package worlds

import (
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// Lobby is where the peers of a lab are before they enter a room: signals can be
// handed over directly there.
type Lobby interface {
	// Start starts a peer in the lobby.
	Start(identity actors.Identity, config actors.Config) (Peer, error)
	// Connect lets the offers of one peer to another be handed over directly, until
	// undo is called.
	Connect(from, to messages.PeerID) (undo func())
	// Join enters a room of the signaling service.
	Join(peer messages.PeerID, room string) Entry

	// Release lets signals go on that no fault holds back any more.
	Release()
	// Unlink notes that the service has gone.
	Unlink()
	// Unlinked reports whether a member of a room waits for its link to come back.
	Unlinked() bool
	// Linked counts the peers in rooms that are linked to the service.
	Linked() int
}

// Entry is a way into a room that has begun.
type Entry interface {
	// Ended returns a contact, or none, once the peer is in the room, or why it is not.
	Ended() (contact messages.PeerID, ended bool, err error)
	// Forsake ends an entry that takes too long.
	Forsake()
}
