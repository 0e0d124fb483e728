package messages

import (
	"time"

	"google.golang.org/protobuf/proto"
)

// Ticket names a request of a protocol; the one event that ends the request
// carries it. Tickets are unique on a protocol; 0 is no ticket.
type Ticket uint64

// Direction tells the two ends of an arc apart.
type Direction uint8

// The directions of an arc, as seen by the peer that tells of it.
const (
	Out Direction = iota + 1 // this peer opened it: outview
	In                       // it was opened to this peer: inview
)

// String returns out or in.
func (d Direction) String() string {
	switch d {
	case Out:
		return "out"
	case In:
		return "in"
	default:
		return ""
	}
}

// Op names the kind of a request in Failed.
type Op string

// The requests of a protocol.
const (
	OpOpen      Op = "open"
	OpClose     Op = "close"
	OpLock      Op = "lock"
	OpUnlock    Op = "unlock"
	OpDrop      Op = "drop"
	OpIntroduce Op = "introduce"
	OpInvite    Op = "invite"
	OpContacts  Op = "contacts"
	OpSend      Op = "send"
)

// Cause says why an arc or a connection ended.
type Cause string

// The causes of an end.
const (
	CauseLeft    Cause = "left"    // the other peer said that it leaves
	CauseCrashed Cause = "crashed" // the connection was lost without a word
	CauseClosed  Cause = "closed"  // its holder closed it
	CauseDropped Cause = "dropped" // its target ended it
	CauseRefused Cause = "refused" // its target did not take it
)

// What a protocol's Handler gets.
type (
	// Started is the first event of a handler. Restarted: it replaces one that
	// panicked; the view is what it was, the timers are gone.
	Started struct{ Restarted bool }

	// ArcOpened tells of one new arc. Ticket is 0 unless this protocol asked for
	// it here. Via is the neighbor that introduced or relayed, or zero.
	ArcOpened struct {
		Ticket Ticket
		Peer   PeerID
		Dir    Direction
		Via    PeerID
	}

	// ArcClosed tells of one arc that ended. Ticket is 0 unless this protocol asked
	// for that here.
	ArcClosed struct {
		Ticket Ticket
		Peer   PeerID
		Dir    Direction
		Cause  Cause
	}

	// PeerDown tells that the connection to a peer with arcs of this protocol is
	// lost; an ArcClosed follows for each of its Out + In arcs, out before in.
	PeerDown struct {
		Peer    PeerID
		Out, In int
		Cause   Cause
	}

	// Introduced tells that From has opened an arc to To, as we asked it to.
	Introduced struct {
		Ticket   Ticket
		From, To PeerID
	}

	// Locked tells of one lock more on the arcs to Peer.
	Locked struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Unlocked tells of one lock less.
	Unlocked struct {
		Ticket Ticket
		Peer   PeerID
	}

	// Contacts lists members that the rendezvous named, possibly none.
	Contacts struct {
		Ticket Ticket
		Peers  []PeerID
	}

	// Failed ends a request that did not succeed, and changed nothing. Peer is whom
	// it was about, zero for OpContacts. Err wraps a Code.
	Failed struct {
		Ticket Ticket
		Op     Op
		Peer   PeerID
		Err    error
	}

	// Received is a message of the same protocol on a neighbor. Message is of the
	// protocol's type and is not to be changed.
	Received struct {
		From    PeerID
		Message proto.Message
	}

	// Congested asks to send less to Peer until Drained: what waits for its
	// channel is over the mark.
	Congested struct{ Peer PeerID }
	// Drained ends Congested.
	Drained struct{ Peer PeerID }

	// Told is an event from another protocol of this peer, or from the peer's
	// handle (From is empty).
	Told struct {
		From  string
		Event any
	}

	// Seen is an arc event of another protocol, one of those it Sees.
	Seen struct {
		Protocol string
		Event    any
	}

	// Leaving asks to take leave: introduce, send, and Stop before Deadline.
	Leaving struct{ Deadline time.Time }

	// Stopped is the last event of a handler.
	Stopped struct{}
)

// TicketOf returns the ticket that an event ends, or 0.
func TicketOf(event any) Ticket {
	switch e := event.(type) {
	case ArcOpened:
		return e.Ticket
	case ArcClosed:
		return e.Ticket
	case Introduced:
		return e.Ticket
	case Locked:
		return e.Ticket
	case Unlocked:
		return e.Ticket
	case Contacts:
		return e.Ticket
	case Failed:
		return e.Ticket
	default:
		return 0
	}
}

// The shared vocabulary of peer sampling, spoken by Tell: SampleRequest is
// answered with a Told{Event: Sample}.
type (
	// SampleRequest asks for up to N peers drawn at random from the network.
	SampleRequest struct{ N int }
	// Sample lists the peers drawn, possibly fewer.
	Sample struct{ Peers []PeerID }
)

// The shared vocabulary of broadcasting: Publish is told to a protocol that
// broadcasts, from the peer's handle, from another protocol or by a message to its
// PID; it emits the others.
type (
	// Publish broadcasts Payload, which is not to be changed afterwards. After names
	// messages that are to be delivered before, to protocols that keep an order; nil
	// leaves that to the protocol.
	Publish struct {
		Payload []byte
		After   []MessageID
	}
	// MessageID names a broadcast.
	MessageID struct {
		Origin PeerID
		Epoch  uint64 // drawn at each start of the origin's handler
		Seq    uint64 // counts the origin's broadcasts since then, from 1
	}
	// Delivered is emitted once for each broadcast on every peer. Hops is 0 on the
	// peer that published it. Payload is not to be changed.
	Delivered struct {
		Origin  PeerID
		Epoch   uint64 // drawn at each start of the origin's handler
		Seq     uint64 // counts the origin's broadcasts since its handler's start, from 1
		Payload []byte
		Hops    int
	}
	// PublishRefused is emitted for a Publish that broke a rule of the protocol.
	PublishRefused struct {
		Publish Publish
		Err     error
	}
)

// ID names the message.
func (d Delivered) ID() MessageID { return MessageID{d.Origin, d.Epoch, d.Seq} }

// What those who subscribed to a peer's connections get.
type (
	// ConnectionOpened tells that channel 0 to Peer opened; nobody is
	// authenticated yet. Offered: this peer made the offer. Setup is the time from
	// the wish to connect.
	ConnectionOpened struct {
		Peer    PeerID
		Offered bool
		Via     PeerID
		Setup   time.Duration
	}
	// ConnectionAuthenticated tells that this side has verified Peer's Proof.
	ConnectionAuthenticated struct {
		Peer    PeerID
		Offered bool
		Via     PeerID
		Setup   time.Duration
	}
	// ConnectionClosed tells that a connection ended, authenticated or not. Err says
	// why, nil when this side or both wanted it.
	ConnectionClosed struct {
		Peer  PeerID
		Cause Cause
		Err   error
	}
)

// What a Rendezvous reports beside the wire messages ContactList, Signal and Gone.
type (
	// RendezvousEntered tells that the peer is in the room.
	RendezvousEntered struct{ Members int }
	// RendezvousUnlinked tells that there is no link to the service at present, and
	// that it is made again: RendezvousEntered tells when it is. Err says why.
	RendezvousUnlinked struct{ Err error }
	// RendezvousLost tells that there is no link to the service. Err says why; nil
	// after Leave.
	RendezvousLost struct{ Err error }
)
