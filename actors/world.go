package actors

import (
	"fmt"
	"math/rand/v2"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
)

// World is everything that a peer needs from outside. The same actors run in every
// world; sim and wrtc make worlds.
type World struct {
	// Identity is the peer's key. Only one peer at a time may use it. Required.
	Identity Identity
	// Transport makes the peer's connections. The peer closes it at its end.
	// Required.
	Transport Transport
	// Clock is the peer's time. Required.
	Clock Clock
	// Rendezvous is the link to a signaling service. Nil: the peer enters through
	// other peers of its process only.
	Rendezvous Rendezvous
	// Rand returns the peer's stream of random numbers for a purpose. A peer asks
	// once for each purpose. Required.
	Rand func(purpose string) *rand.Rand
	// Dispatcher runs all actors of the peer. Nil: the actor system's default.
	Dispatcher actor.Dispatcher
	// Mailbox makes the mailboxes of the peer's actors. Nil: the default, unbounded.
	Mailbox actor.MailboxProducer
	// Await runs a world that does not run by itself, until done is closed or
	// nothing is left to happen. The handle calls it to wait. Nil: the world runs
	// by itself.
	Await func(done <-chan struct{})
}

func (w World) validate() error {
	switch {
	case w.Identity == nil:
		return fmt.Errorf("world: Identity is missing")
	case w.Transport == nil:
		return fmt.Errorf("world: Transport is missing")
	case w.Clock == nil:
		return fmt.Errorf("world: Clock is missing")
	case w.Rand == nil:
		return fmt.Errorf("world: Rand is missing")
	}
	return nil
}

// props makes the props of one of the peer's actors.
func (w World) props(producer actor.Producer) *actor.Props {
	props := actor.PropsFromProducer(producer)
	if w.Dispatcher != nil {
		props.Configure(actor.WithDispatcher(w.Dispatcher))
	}
	if w.Mailbox != nil {
		props.Configure(actor.WithMailbox(w.Mailbox))
	}
	return props
}

// Rendezvous is the link to a signaling service, which lets a peer enter a room
// and lets its members enter through it. No method blocks.
type Rendezvous interface {
	// Enter links to the service and enters a room. events gets
	// messages.RendezvousEntered once inside. When the link is lost, it gets
	// messages.RendezvousUnlinked, which the peer itself ignores, and
	// RendezvousEntered again after the reconnection. Between, it gets
	// *messages.ContactList, *messages.Signal (the service vouches for From) and
	// *messages.Gone. The last event is messages.RendezvousLost; then Enter may be
	// called again. Any goroutine may call events: it only posts.
	Enter(room string, events func(event any))
	// Contacts asks for up to n members. *messages.ContactList follows.
	Contacts(request uint64, n int)
	// Signal passes a signal to the member that it is for.
	Signal(signal *messages.Signal)
	// Leave ends the link. messages.RendezvousLost follows.
	Leave()
}
