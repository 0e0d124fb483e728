package protocols

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// Handler is a protocol's logic: a deterministic function of its state, the
// event and the Port. Handle is never called concurrently, must not block, and
// must not change a message that it sent or received. The events are those of
// package messages, by value: Started, ArcOpened, Received, …, and whatever was
// given to Port.After or sent to the protocol's PID.
type Handler interface{ Handle(port Port, event any) }

// Delivery is how the messages of a protocol travel.
type Delivery uint8

// The delivery classes.
const (
	// Ordered is reliable and ordered, on the same channel as the arcs: an arc is
	// known at the other end before the first message along it.
	Ordered Delivery = iota
	// Reliable arrives, in any order.
	Reliable
	// Lossy may be lost; a message must fit one frame (16 KiB).
	Lossy
)

// Classes is the number of delivery classes.
const Classes = 3

// String returns ordered, reliable or lossy.
func (d Delivery) String() string {
	switch d {
	case Ordered:
		return "ordered"
	case Reliable:
		return "reliable"
	case Lossy:
		return "lossy"
	default:
		return fmt.Sprintf("delivery(%d)", uint8(d))
	}
}

// Admission says whether a neighbor may make a peer open arcs.
type Admission uint8

// The admissions.
const (
	Accept Admission = iota // Spray: introductions do the connecting
	Refuse                  // HyParView, T-Man: the peer decides alone
)

// Protocol describes a protocol to the peer that runs it.
type Protocol struct {
	// Name stands on the wire. Unique on a peer, 1–32 of [a-z0-9.-].
	Name string
	// Message is the prototype of the one type that the protocol exchanges,
	// usually a oneof. Nil: the protocol exchanges none.
	Message proto.Message
	// Delivery is how its messages travel. Default: Ordered.
	Delivery Delivery
	// Sees names protocols of this peer whose arc events and views this one also
	// gets, and along whose arcs it may Send. At most 8.
	Sees []string
	// Introductions says whether a neighbor may make this peer open arcs of the
	// protocol. Default: Accept.
	Introductions Admission
	// Reach is over how many relays another peer's offer to connect may come that
	// this peer did not ask for: whoever it opens arcs to itself may answer from
	// afar. A protocol whose walks make peers known farther away needs more than
	// the neighbors of neighbors. At most 8; 0: 1.
	Reach int
	// New makes a handler, at the start and after a panic. Nil: a passive
	// protocol, which only keeps arcs, emits all its events and obeys the commands
	// sent to its PID. It gets no Leaving: it ends as soon as the peer leaves.
	New func() Handler
}

// ValidName reports whether a protocol can be named so.
func ValidName(name string) bool { return messages.ValidName(name) }

// Validate says which rule the description breaks, if any.
func (p Protocol) Validate() error {
	if !ValidName(p.Name) {
		return fmt.Errorf("protocol %q: Name must be 1 to 32 of [a-z0-9.-]", p.Name)
	}
	if p.Delivery >= Classes {
		return fmt.Errorf("protocol %s: Delivery %d is none of Ordered, Reliable, Lossy", p.Name, p.Delivery)
	}
	if p.Introductions > Refuse {
		return fmt.Errorf("protocol %s: Introductions %d is none of Accept, Refuse", p.Name, p.Introductions)
	}
	if p.Reach < 0 || p.Reach > messages.MaxRoute {
		return fmt.Errorf("protocol %s: Reach is %d, must be 0 to %d", p.Name, p.Reach, messages.MaxRoute)
	}
	if len(p.Sees) > 8 {
		return fmt.Errorf("protocol %s: Sees %d protocols, at most 8 are allowed", p.Name, len(p.Sees))
	}
	for _, name := range p.Sees {
		if !ValidName(name) || name == p.Name {
			return fmt.Errorf("protocol %s: Sees %q, which is not the name of another protocol", p.Name, name)
		}
	}
	return nil
}
