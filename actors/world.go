package actors

import (
	"fmt"
	"math/rand/v2"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
)

// World is what a peer lives in: everything that it needs from outside. The
// same actors run in every world; sim and wrtc make them.
type World struct {
	// Identity is who the peer is. One identity is one peer at a time. Required.
	Identity Identity
	// Transport makes its connections; the peer closes it when it ends. Required.
	Transport Transport
	// Clock is its time. Required.
	Clock Clock
	// Rendezvous is the link to a signaling service. Nil: the peer enters through
	// other peers of its process only.
	Rendezvous Rendezvous
	// Rand returns the peer's stream of random numbers for a purpose; the same
	// purpose is asked for once. Required.
	Rand func(purpose string) *rand.Rand
	// Dispatcher runs all actors of the peer. Nil: the actor system's default.
	Dispatcher actor.Dispatcher
	// Mailbox makes the mailboxes of the peer's actors. Nil: the default, unbounded.
	Mailbox actor.MailboxProducer
	// Await runs a world that does not run by itself until done is closed or
	// nothing is left to happen; the handle's calls that wait call it. Nil: the
	// world runs by itself.
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
	// messages.RendezvousEntered once inside (again after each reconnection, and
	// messages.RendezvousUnlinked before it, of which only others take notice),
	// *messages.ContactList, *messages.Signal (From is vouched for by the
	// service), *messages.Gone, and last messages.RendezvousLost, after which
	// Enter may be called again. It may be called on any goroutine; it only posts.
	Enter(room string, events func(event any))
	// Contacts asks for up to n members: *messages.ContactList.
	Contacts(request uint64, n int)
	// Signal passes a signal to the member that it is for.
	Signal(signal *messages.Signal)
	// Leave ends the link: messages.RendezvousLost.
	Leave()
}
