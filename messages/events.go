package messages

import (
	"time"

	"google.golang.org/protobuf/proto"
)

// Ticket identifies a request of a protocol. The event that ends the request carries
// it. Tickets are unique within a protocol. 0 is no ticket.
type Ticket uint64

// Direction says at which end of an arc a peer is.
type Direction uint8

// The directions of an arc, as seen by the peer that reports it.
const (
	Out Direction = iota + 1 // this peer opened the arc: outview
	In                       // the other peer opened the arc: inview
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

// Op is the kind of a request, as named in Failed.
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
	CauseCrashed Cause = "crashed" // the connection was lost without notice
	CauseClosed  Cause = "closed"  // the holder of the arc closed it
	CauseDropped Cause = "dropped" // the target of the arc ended it
	CauseRefused Cause = "refused" // the target of the arc refused it
)

// The events that a protocol's Handler gets.
type (
	// Started is the first event of a handler. Restarted says that the handler
	// replaces one that panicked. Then the view is as it was, and all timers are
	// gone.
	Started struct{ Restarted bool }

	// ArcOpened tells of one new arc. Ticket is 0 unless this protocol asked for the
	// arc here. Via is the neighbor that introduced or relayed, or zero.
	ArcOpened struct {
		Ticket Ticket
		Peer   PeerID
		Dir    Direction
		Via    PeerID
	}

	// ArcClosed tells of one arc that ended. Ticket is 0 unless this protocol asked
	// for the end here.
	ArcClosed struct {
		Ticket Ticket
		Peer   PeerID
		Dir    Direction
		Cause  Cause
	}

	// PeerDown tells that the connection to a peer with arcs of this protocol is
	// lost. An ArcClosed follows for each of its Out + In arcs, out before in.
	PeerDown struct {
		Peer    PeerID
		Out, In int
		Cause   Cause
	}

	// Introduced tells that From has opened an arc to To, as this protocol asked.
	Introduced struct {
		Ticket   Ticket
		From, To PeerID
	}

	// Locked tells of one more lock on the arcs to Peer.
	Locked struct {
		Ticket Ticket
		Peer   PeerID
	}
	// Unlocked tells of one lock less on the arcs to Peer.
	Unlocked struct {
		Ticket Ticket
		Peer   PeerID
	}

	// Contacts lists the members that the rendezvous named. The list may be empty.
	Contacts struct {
		Ticket Ticket
		Peers  []PeerID
	}

	// Failed tells that a request failed and changed nothing. Peer is the peer of
	// the request, zero for OpContacts. Err wraps a Code.
	Failed struct {
		Ticket Ticket
		Op     Op
		Peer   PeerID
		Err    error
	}

	// Received is a message of the same protocol from a neighbor. Message has the
	// protocol's type. Do not change it.
	Received struct {
		From    PeerID
		Message proto.Message
	}

	// Congested asks the protocol to send less to Peer until Drained. Too much waits
	// for its channel.
	Congested struct{ Peer PeerID }
	// Drained ends Congested.
	Drained struct{ Peer PeerID }

	// Told is an event that another protocol of this peer told, or the peer's handle
	// if From is empty. Of a call that waits for an answer, From is a name that no
	// protocol has (protocols.Waits).
	Told struct {
		From  string
		Event any
	}

	// Seen is an arc event of another protocol that this protocol Sees.
	Seen struct {
		Protocol string
		Event    any
	}

	// Leaving asks the protocol to end its work: it may still introduce and send,
	// and should Stop before Deadline.
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

// The shared vocabulary of peer sampling, by Tell. The answer to SampleRequest is
// Told{Event: Sample}.
type (
	// SampleRequest asks for up to N peers drawn at random from the network.
	SampleRequest struct{ N int }
	// Sample lists the drawn peers, possibly fewer than asked for.
	Sample struct{ Peers []PeerID }
)

// The shared vocabulary of broadcasting. Publish is told to a broadcasting protocol:
// from the peer's handle, from another protocol, or by a message to its PID. The
// protocol emits the others.
type (
	// Publish broadcasts Payload. Do not change it afterwards. For protocols that
	// keep an order, After lists messages to be delivered before it. Nil leaves the
	// order to the protocol.
	Publish struct {
		Payload []byte
		After   []MessageID
	}
	// MessageID identifies a broadcast.
	MessageID struct {
		Origin PeerID
		Epoch  uint64 // drawn at each start of the origin's handler
		Seq    uint64 // the number of the broadcast in this epoch, from 1
	}
	// Delivered is emitted once for each broadcast on every peer. Hops is 0 on the
	// publisher. Do not change Payload.
	Delivered struct {
		Origin  PeerID
		Epoch   uint64 // drawn at each start of the origin's handler
		Seq     uint64 // the number of the broadcast in this epoch, from 1
		Payload []byte
		Hops    int
	}
	// Published answers a Publish of a call that waits.
	Published struct{ ID MessageID }
	// PublishRefused is emitted for a Publish that broke a rule of the protocol.
	PublishRefused struct {
		Publish Publish
		Err     error
	}
)

// ID returns the MessageID of the message.
func (d Delivered) ID() MessageID { return MessageID{d.Origin, d.Epoch, d.Seq} }

// The events that subscribers to a peer's connections get.
type (
	// ConnectionOpened tells that channel 0 to Peer opened. Peer is not
	// authenticated yet. Offered says that this peer made the offer. Setup is the
	// time since the wish to connect.
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
	// ConnectionClosed tells that a connection ended, authenticated or not. Err is
	// the reason, or nil when this side or both wanted the end.
	ConnectionClosed struct {
		Peer  PeerID
		Cause Cause
		Err   error
	}
)

// The events that a Rendezvous reports, beside the wire messages ContactList, Signal
// and Gone.
type (
	// RendezvousEntered tells that the peer is in the room.
	RendezvousEntered struct{ Members int }
	// RendezvousUnlinked tells that the link to the service is lost and is being
	// made again. RendezvousEntered follows when it is there. Err is the reason.
	RendezvousUnlinked struct{ Err error }
	// RendezvousLost tells that the link to the service has ended. Err is the
	// reason, or nil after Leave.
	RendezvousLost struct{ Err error }
)
