package protocols

import (
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// Port is what a handler can do. Every request returns at once and ends with exactly
// one event that carries its Ticket. That event is the success named beside the
// request, or messages.Failed with the codes of the method of the same name of
// actors.Peer. The default deadline of a request is 10 s.
type Port interface {
	// Self returns the PeerID of this peer.
	Self() messages.PeerID
	// Now returns the time of the peer's clock.
	Now() time.Time
	// Rand returns the stream of random numbers of this peer and protocol.
	Rand() *rand.Rand
	// After delivers event to Handle after d, unless the Timer is stopped before.
	After(d time.Duration, event any) Timer
	// View returns this protocol's arcs, as the events so far have told. It is valid
	// until Handle returns.
	View() View
	// ViewOf returns the View of a protocol in Sees. It is empty when that protocol
	// does not run.
	ViewOf(protocol string) View
	// RTT returns the last measured round trip to a neighbor, and whether there is
	// one.
	RTT(peer messages.PeerID) (time.Duration, bool)

	// Open asks for an arc to peer. The peers in via are the relays on the way to it,
	// nearest first, at most 8. Success: ArcOpened{Dir: Out}.
	Open(peer messages.PeerID, via ...messages.PeerID) messages.Ticket
	// Close ends one unlocked arc to peer. Success: ArcClosed.
	Close(peer messages.PeerID) messages.Ticket
	// Lock locks one arc to peer, so that Close leaves it alone. Success: Locked.
	Lock(peer messages.PeerID) messages.Ticket
	// Unlock undoes one Lock. Success: Unlocked.
	Unlock(peer messages.PeerID) messages.Ticket
	// Drop ends all arcs that peer holds to us. Success: ArcClosed{Dir: In} of the
	// last one.
	Drop(peer messages.PeerID) messages.Ticket
	// Introduce asks neighbor from to open an arc to neighbor to. The argument views
	// says in which views they must be. Success: Introduced. Introduce(self, x) is
	// Open(x), and Introduce(x, self) is Invite(x).
	Introduce(from, to messages.PeerID, views ...messages.Views) messages.Ticket
	// Invite asks a neighbor to open an arc to us. Success: ArcOpened{Dir: In}.
	Invite(from messages.PeerID) messages.Ticket
	// Contacts asks the rendezvous for up to n (1 to 64) members of the room. It
	// names members that entered before us if there are any, so that a chain of
	// contacts leads every peer to the first one. Success: Contacts, whose list may
	// be empty.
	Contacts(n int) messages.Ticket
	// Send sends a message of the protocol's type to a neighbor. The direction of the
	// arcs does not matter. A success has no event. Failed tells that the message is
	// known not to have left.
	Send(to messages.PeerID, m proto.Message) messages.Ticket

	// Tell hands event to another protocol of this peer, which gets Told.
	Tell(protocol string, event any)
	// Emit hands event to the subscribers of this protocol (on the peer's handle).
	Emit(event any)
	// Count adds n to the metric "<protocol>.<metric>" of this peer.
	Count(metric string, n float64)
	// Stop ends this protocol. A protocol that got Leaving calls it when it is done.
	Stop()
}

// Timer is a pending event of Port.After.
type Timer interface {
	// Stop cancels the event. It returns false when the event was delivered already.
	Stop() bool
}
