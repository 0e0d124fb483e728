package several

import "github.com/n2n-overlay/n2n/messages"

// Service is a way for peers to find each other before they are neighbours: what
// an actors.Rendezvous is. A client.Client, a hall.Link and a Several are services.
//
// What Several asks of a service: no method blocks; the events of one Enter come
// in order; once inside, the service keeps its link by itself, until Leave or
// messages.RendezvousLost, after which it holds nothing. One that has a method Keep,
// as a client.Client has, is entered with that.
type Service interface {
	// Enter enters a room of 1 to 64 bytes of UTF-8.
	Enter(room string, events func(event any))
	// Contacts asks for up to n members.
	Contacts(request uint64, n int)
	// Signal passes a signal to the member that it is for.
	Signal(signal *messages.Signal)
	// Leave ends the link.
	Leave()
}

// keeper is a Service that can also be asked to go on when it is not let in at
// first, and to tell with messages.RendezvousUnlinked each time that it has no link.
type keeper interface {
	Keep(room string, events func(event any))
}
