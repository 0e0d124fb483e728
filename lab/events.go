package lab

import (
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
)

// event returns what a protocol got as an Event; false when that is nothing to tell.
func (l *Lab) event(protocol string, got any) (Event, bool) {
	e := Event{Protocol: protocol}
	switch g := got.(type) {
	case messages.ArcOpened:
		e.Type, e.Peer, e.Dir, e.Via = "arc_opened", l.name(g.Peer), g.Dir.String(), l.name(g.Via)
	case messages.ArcClosed:
		e.Type, e.Peer, e.Dir, e.Cause = "arc_closed", l.name(g.Peer), g.Dir.String(), g.Cause
	case messages.PeerDown:
		e.Type, e.Peer, e.Out, e.In, e.Cause = "peer_down", l.name(g.Peer), g.Out, g.In, g.Cause
	case messages.Introduced:
		e.Type, e.Peer = "introduced", l.name(g.From)
	case messages.Failed:
		e.Type, e.Peer, e.Op, e.Error = "failed", l.name(g.Peer), g.Op, messages.CodeOf(g.Err)
	case messages.Received:
		text, ok := g.Message.(*wrapperspb.BytesValue)
		if !ok {
			return Event{}, false
		}
		e.Type, e.Peer, e.Payload = "received", l.name(g.From), string(text.GetValue())
	case broadcast.Delivered:
		e.Type, e.Peer, e.Payload = "received", l.name(g.Origin), string(g.Payload)
	default:
		return Event{}, false
	}
	return e, true
}

// ticketOf returns the ticket of an event that ends a request, or 0.
func ticketOf(event any) messages.Ticket {
	switch e := event.(type) {
	case messages.ArcOpened:
		return e.Ticket
	case messages.ArcClosed:
		return e.Ticket
	case messages.Introduced:
		return e.Ticket
	case messages.Locked:
		return e.Ticket
	case messages.Unlocked:
		return e.Ticket
	case messages.Failed:
		return e.Ticket
	}
	return 0
}

// tap emits what a protocol that ships gets, as a passive one does by itself.
type tap struct{ protocols.Handler }

func tapped(p protocols.Protocol) protocols.Protocol {
	untapped := p.New
	p.New = func() protocols.Handler { return tap{untapped()} }
	return p
}

// Handle implements protocols.Handler.
func (t tap) Handle(port protocols.Port, event any) {
	switch event.(type) {
	case messages.ArcOpened, messages.ArcClosed, messages.PeerDown, messages.Introduced, messages.Failed,
		messages.Locked, messages.Unlocked:
		port.Emit(event)
	}
	t.Handler.Handle(port, event)
}

// passive is a protocol that keeps arcs and carries text.
func passive(name string) protocols.Protocol {
	return protocols.Protocol{Name: name, Message: &wrapperspb.BytesValue{}}
}
