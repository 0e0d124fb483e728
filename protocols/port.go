package protocols

import (
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// Port is what a handler can do. Every request returns at once and ends with
// exactly one event that carries its Ticket: the success named beside it, or
// messages.Failed, whose codes are those of the call of the same name on
// actors.Peer. The default deadline of a request is 10 s.
type Port interface {
	// Self is this peer.
	Self() messages.PeerID
	// Now is the peer's clock.
	Now() time.Time
	// Rand is a stream of random numbers of this peer and protocol.
	Rand() *rand.Rand
	// After hands event to Handle after d. Once stopped, it is not delivered.
	After(d time.Duration, event any) Timer
	// View is this protocol's arcs as told by the events so far. Valid until
	// Handle returns.
	View() View
	// ViewOf is the View of one of Sees; empty when it does not run.
	ViewOf(protocol string) View
	// RTT is the last measured round trip to a neighbor, if there is one.
	RTT(peer messages.PeerID) (time.Duration, bool)

	// Open asks for an arc to peer; via names the relays to it, nearest first, at
	// most 8. Success: ArcOpened{Dir: Out}.
	Open(peer messages.PeerID, via ...messages.PeerID) messages.Ticket
	// Close ends one arc to peer that is not locked. Success: ArcClosed.
	Close(peer messages.PeerID) messages.Ticket
	// Lock keeps one arc to peer from Close. Success: Locked.
	Lock(peer messages.PeerID) messages.Ticket
	// Unlock undoes one Lock. Success: Unlocked.
	Unlock(peer messages.PeerID) messages.Ticket
	// Drop ends the arcs that peer holds to us. Success: ArcClosed{Dir: In}, the
	// last of them.
	Drop(peer messages.PeerID) messages.Ticket
	// Introduce asks neighbor from to open an arc to neighbor to; views says in
	// which views they must be. Success: Introduced. Introduce(self, x) is Open(x),
	// Introduce(x, self) is Invite(x).
	Introduce(from, to messages.PeerID, views ...messages.Views) messages.Ticket
	// Invite asks a neighbor to open an arc to us. Success: ArcOpened{Dir: In}.
	Invite(from messages.PeerID) messages.Ticket
	// Contacts asks for up to n (1 to 64) members that the rendezvous names: those
	// that entered before us if there are any, so that following contacts leads
	// everybody to the first. Success: Contacts, possibly without any.
	Contacts(n int) messages.Ticket
	// Send sends a message of the protocol's type to a neighbor, whichever way the
	// arcs point. No event on success; Failed where it is known not to have left.
	Send(to messages.PeerID, m proto.Message) messages.Ticket

	// Tell hands event to another protocol of this peer, which gets Told.
	Tell(protocol string, event any)
	// Emit hands event to those who subscribed to this protocol on the peer's handle.
	Emit(event any)
	// Count adds n to the metric "<protocol>.<metric>" of this peer.
	Count(metric string, n float64)
	// Stop ends this protocol, and is the end of Leaving.
	Stop()
}

// Timer is a pending event of Port.After.
type Timer interface {
	// Stop keeps the event from being delivered; false when it was already.
	Stop() bool
}
