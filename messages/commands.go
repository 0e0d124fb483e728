package messages

import "google.golang.org/protobuf/proto"

// The requests of a protocol as messages, for actors that are not Handlers:
// sent to the PID that Spawn returned, they do what the Port's method of the
// same name does. Ticket is chosen by the sender, from 1 to 1<<63-1, and comes
// back in the event that ends the request; with 0 that event has none.
type (
	// Open asks for an arc to Peer. Via names the relays to it, nearest first, at
	// most MaxRoute.
	Open struct {
		Ticket Ticket
		Peer   PeerID
		Via    []PeerID
	}
	// Close ends one arc to Peer that is not locked.
	Close struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Lock keeps one arc to Peer from being closed.
	Lock struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Unlock undoes one Lock.
	Unlock struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Drop ends the arcs that Peer holds to this peer.
	Drop struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Introduce asks From to open an arc to To.
	Introduce struct {
		Ticket   Ticket
		From, To PeerID
		Views    Views
	}
	// Invite asks a neighbor to open an arc to this peer.
	Invite struct {
		Ticket Ticket
		Peer   PeerID
	}
	// ContactsOf asks the rendezvous for up to N members of the room, 1 to
	// MaxContacts.
	ContactsOf struct {
		Ticket Ticket
		N      int
	}
	// Send sends a message of the protocol's type to a neighbor, whichever way the
	// arcs point. Success has no event.
	Send struct {
		Ticket  Ticket
		To      PeerID
		Message proto.Message
	}
	// Tell hands an event to another protocol of this peer.
	Tell struct {
		Protocol string
		Event    any
	}
	// Stop ends the protocol.
	Stop struct{}
)

// ViewName names a view of the asking protocol in Views.
type ViewName uint8

// The views that an introduction can require.
const (
	AnyView ViewName = iota // a living or lingering connection is enough
	InView                  // the peer holds an arc to us
	OutView                 // we hold an arc to the peer
)

// Views says in which views the ends of an introduction must be: From in the
// first, To in the second. The zero value asks for no more than connections.
type Views struct{ From, To ViewName }
