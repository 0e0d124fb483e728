package unicast

import "github.com/n2n-overlay/n2n/messages"

// remembered is how many of the last messages are remembered in case one fails. A
// message that left gives no event.
const remembered = 1024

// outgoing describes something that was sent or is to be sent.
type outgoing struct {
	what string
	id   uint64
	to   messages.PeerID
	by   string // the protocol that asked for it; empty: the peer's handle
}

// outbox remembers the last messages by their tickets.
type outbox struct {
	tickets []messages.Ticket // a ring when it is full: the oldest is at next
	index   map[messages.Ticket]outgoing
	next    int
}

func (b *outbox) add(t messages.Ticket, o outgoing) {
	if b.index == nil {
		b.index = map[messages.Ticket]outgoing{}
	}
	if len(b.tickets) < remembered {
		b.tickets = append(b.tickets, t)
	} else {
		delete(b.index, b.tickets[b.next])
		b.tickets[b.next] = t
		b.next = (b.next + 1) % remembered
	}
	b.index[t] = o
}

// take forgets a message and returns it, if it is known.
func (b *outbox) take(t messages.Ticket) (outgoing, bool) {
	o, ok := b.index[t]
	delete(b.index, t)
	return o, ok
}
