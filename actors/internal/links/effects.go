package links

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// Effects does what a Table decides. No method may call the Table.
type Effects interface {
	// After hands due to Table.Due after d, unless the timer is stopped.
	After(d time.Duration, due Due) Timer
	// Connect makes a connection, which makes an offer or an answer.
	Connect(Connect)
	// Accept hands the answer of the other side to the connection that made the offer.
	Accept(link ID, answer *messages.Answer)
	// Send passes a control message to a living connection.
	Send(link ID, m messages.Control)
	// HangUp ends a connection; Table.Closed follows.
	HangUp(link ID, how HangUp)
	// Signal sends a refusal of ours.
	Signal(*messages.Signal)
	// Introduce asks a neighbor for an arc; Table.IntroductionEnded follows.
	Introduce(Introduction)
	// Introduced tells a neighbor how its introduction ended here. An empty code
	// means that the arc was opened.
	Introduced(by messages.PeerID, job uint64, code messages.Code)
	// Missed notes a member that was dialed through the rendezvous in vain.
	Missed(peer messages.PeerID)
	// Tell hands an event to a protocol of this peer.
	Tell(number uint32, event Event)
	// Emit tells those who want to know about connections.
	Emit(event any)
}

// Timer is a pending Due.
type Timer interface{ Stop() bool }

// Due is the end of a time for which the Table has started a timer.
type Due interface{ due(*Table) }

// ID names one connection of a peer, past ones included.
type ID struct {
	Peer       messages.PeerID
	Generation uint32
}

// Way is how the signals of an attempt travel.
type Way struct {
	Job      uint64
	Route    []messages.PeerID // the relays, nearest to us first; empty through the rendezvous
	Protocol string            // named in our offer
}

// Signal makes a signal from one peer to another along the way, without a body.
func (w Way) Signal(from, to messages.PeerID) *messages.Signal {
	m := &messages.Signal{Job: w.Job, From: from.Bytes(), To: to.Bytes()}
	for _, hop := range w.Route {
		m.Route = append(m.Route, hop.Bytes())
	}
	return m
}

// Refusal is the body of a signal that refuses an offer.
func Refusal(code messages.Code) *messages.Signal_Refusal {
	return &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: code.Reason()}}
}

// Connect says which connection to make.
type Connect struct {
	Link ID
	Way
	Offer     string                     // the remote's; empty when we offer
	Claimed   uint64                     // the incarnation in the remote's offer
	Protocols []*messages.ProtocolNumber // for our Hello
	Seed      [2]uint64                  // of its random numbers
}

// HangUp says how a connection ends.
type HangUp struct {
	Flush     bool  // what was sent leaves first
	Leave     bool  // tell the other side that we leave, if it may have verified our Proof
	Violation bool  // the remote broke the rules
	Failure   error // the reason to tell; nil when all is well
}

// Introduction is a job of this peer: From is to open an arc to To.
type Introduction struct {
	Job      uint64
	Number   uint32 // of the protocol
	Protocol string
	Ticket   messages.Ticket
	From, To messages.PeerID
	Held     [2]ID         // the connections to both; zero where that is this peer
	Left     time.Duration // until its deadline
}

// Event is an event for a protocol of this peer.
type Event struct {
	Event any
	RTT   time.Duration // to the peer of an arc event
	Locks int           // on our arcs to that peer, after the event
}
