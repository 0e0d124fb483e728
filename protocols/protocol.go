package protocols

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// Handler is a protocol's logic: a deterministic function of its state, the event
// and the Port. Handle is never called concurrently. It must not block, and it must
// not change a message that it sent or received. The events are values of the types
// of package messages (Started, ArcOpened, Received, …), the values given to
// Port.After, and whatever is sent to the protocol's PID.
type Handler interface{ Handle(port Port, event any) }

// Delivery is the way in which the messages of a protocol travel.
type Delivery uint8

// The delivery classes.
const (
	// Ordered is reliable and ordered. It uses the same channel as the arcs, so
	// that the other end knows an arc before the first message along it.
	Ordered Delivery = iota
	// Reliable loses no message, but does not keep their order.
	Reliable
	// Lossy may lose messages. A message must fit into one frame (16 KiB).
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

// Admission says whether a neighbor may make this peer open arcs.
type Admission uint8

// The admissions. An introduction is such a request of a neighbor.
const (
	Accept Admission = iota // Spray: arcs come from introductions
	Refuse                  // HyParView, T-Man: the peer itself decides about its arcs
)

// Protocol describes a protocol to the peer that runs it.
type Protocol struct {
	// Name of the protocol on the wire, unique on a peer. 1 to 32 characters of
	// [a-z0-9.-].
	Name string
	// Message is the prototype of the one type that the protocol exchanges, usually
	// a oneof. Nil: the protocol exchanges no messages.
	Message proto.Message
	// Delivery is how its messages travel. Default: Ordered.
	Delivery Delivery
	// Sees names other protocols of this peer. This protocol also gets their arc
	// events and views, and may Send along their arcs. At most 8.
	Sees []string
	// Introductions says whether a neighbor may make this peer open arcs of the
	// protocol. Default: Accept.
	Introductions Admission
	// Reach is the largest number of relays over which an unexpected offer to
	// connect may come. An offer is expected if this peer itself opens an arc to
	// that peer. More than 1 is for protocols whose walks make peers known beyond
	// the neighbors of neighbors. At most 8. 0: 1.
	Reach int
	// New makes a handler, at the start and after a panic. Nil: a passive protocol.
	// It only keeps arcs, emits all its events and obeys the commands sent to its
	// PID. It gets no Leaving, and ends as soon as the peer leaves.
	New func() Handler
}

// ValidName reports whether name can be the name of a protocol.
func ValidName(name string) bool { return messages.ValidName(name) }

// Validate returns an error that names the broken rule, if there is one.
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
