package arcs

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// kind says what an event is.
type kind uint8

const (
	// The first are a peer's own: its timers.

	kTimer         kind = iota // of a handler; body is a *timer
	kOpenDue                   // body is a *pendingOpen
	kAttemptDue                // conn
	kJobDue                    // job
	kRelayDue                  // body is a *relay
	kLingered                  // some connections may have lingered for long enough
	kCloseOverdue              // peer, conn
	kRetryDue                  // body is a *ways
	kContactsDue               // job
	kContactsAgain             // job
	kParkedDue                 // body is a *parked
	kLeaveDue                  // the protocols' time to take leave is over
	kSevered                   // peer, conn: nothing came for so long
	kWritable                  // peer, conn, size: a message has left
	kTurn                      // body is a func()
	kMade                      // body is a *signal of our own

	// What follows comes from the peer at the other end of a connection.

	kMessage       // protocol, class, body
	kArcs          // protocol, a: count, b: seq, job
	kArcsRefused   // protocol, a: keep, b: seq, reason
	kNoProtocol    // protocol
	kProtocols     // job: added, body: removed, a set
	kIntroduction  // protocol, job, a: to
	kOutcome       // job, reason
	kSignal        // body is a *signal
	kProposal      // a: arcs seen
	kProposalTaken // a: 1, agreed
	kLeave         // the last word of a peer that leaves
	kOpened        // our channel is open
	kProof         // job: the protocols of the other side, which has proved who it is
	kClosed        // the other end is closed

	// What follows goes to the signaling service, and comes from it.

	kEnter    // body is the name of a room
	kEntered  //
	kQuit     //
	kContacts // job, a: n
	kListed   // job, body is []uint32
	kPassOn   // body is a *signal
	kPassedOn // body is a *signal
	kGone     // job, a: the peer that is not there
	kRefused  // the service does not answer
)

// event is something that happens to one peer at one instant.
type event struct {
	at       time.Duration // since the start of the world
	dst, src uint32
	seq      uint32 // of src
	kind     kind
	class    protocols.Delivery
	protocol uint16
	conn     uint64
	job      uint64
	a, b     uint32
	size     uint32
	reason   messages.Reason
	body     any
}

// idle reports whether events of the kind wait even when nothing is under way.
func (k kind) idle() bool { return k == kTimer || k == kLingered }
