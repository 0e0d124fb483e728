package messages

import "google.golang.org/protobuf/proto"

// The commands: the requests of a protocol as messages, for actors that are not
// Handlers. An actor sends them to the PID that Spawn returned. They do what the
// Port's method of the same name does. The sender chooses Ticket, from 1 to
// 1<<63-1. The event that ends the request carries it. With 0, that event has no
// ticket.
type (
	// Open asks for an arc to Peer. Via lists the relays to it, nearest first, at
	// most MaxRoute.
	Open struct {
		Ticket Ticket
		Peer   PeerID
		Via    []PeerID
	}
	// Close ends one unlocked arc to Peer.
	Close struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Lock locks one arc to Peer, so that Close leaves it alone.
	Lock struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Unlock undoes one Lock.
	Unlock struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Drop ends all arcs that Peer holds to this peer.
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
	// Send sends a message of the protocol's type to a neighbor. The direction of
	// the arcs does not matter. Success has no event.
	Send struct {
		Ticket  Ticket
		To      PeerID
		Message proto.Message
	}
	// Tell tells an event to another protocol of this peer.
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

// Views says in which views the ends of an introduction must be: From for the first
// end, To for the second. The zero value requires only connections.
type Views struct{ From, To ViewName }
