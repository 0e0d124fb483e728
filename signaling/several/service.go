package several

import "github.com/n2n-overlay/n2n/messages"

// Service is a way in which peers find each other before they are neighbours, with
// the methods of an actors.Rendezvous. A client.Client, a hall.Link and a Several
// are services.
//
// Several requires of a service: no method blocks. The events of one Enter come in
// order. After entering, the service keeps its link itself, until Leave or
// messages.RendezvousLost. After that it holds no resources. If a service has a
// method Keep, as a client.Client has, Several enters with that.
type Service interface {
	// Enter enters a room of 1 to 64 bytes of UTF-8.
	Enter(room string, events func(event any))
	// Contacts asks for up to n members.
	Contacts(request uint64, n int)
	// Signal passes a signal to its target.
	Signal(signal *messages.Signal)
	// Leave ends the link.
	Leave()
}

// keeper is a Service that can also try again when the first attempt fails, and then
// reports messages.RendezvousUnlinked each time that it has no link.
type keeper interface {
	Keep(room string, events func(event any))
}
