package lab

import (
	"fmt"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
)

// opPublish is the request to broadcast something.
const opPublish messages.Op = "publish"

// EventOf returns what a protocol got as an Event, peers by the names that name
// gives them (empty for the zero PeerID); false when that is nothing to tell.
func EventOf(protocol string, got any, name func(messages.PeerID) string) (Event, bool) {
	e := Event{Protocol: protocol}
	switch g := got.(type) {
	case messages.ArcOpened:
		e.Type, e.Peer, e.Dir, e.Via = "arc_opened", name(g.Peer), g.Dir.String(), name(g.Via)
	case messages.ArcClosed:
		e.Type, e.Peer, e.Dir, e.Cause = "arc_closed", name(g.Peer), g.Dir.String(), g.Cause
	case messages.PeerDown:
		e.Type, e.Peer, e.Out, e.In, e.Cause = "peer_down", name(g.Peer), g.Out, g.In, g.Cause
	case messages.Introduced:
		e.Type, e.Peer = "introduced", name(g.From)
	case messages.Failed:
		e.Type, e.Peer, e.Op, e.Error = "failed", name(g.Peer), g.Op, messages.CodeOf(g.Err)
	case messages.Received:
		text, ok := g.Message.(*wrapperspb.BytesValue)
		if !ok {
			return Event{}, false
		}
		e.Type, e.Peer, e.Payload = "received", name(g.From), string(text.GetValue())
	case broadcast.Delivered:
		e.Type, e.Peer, e.Payload = "received", name(g.Origin), string(g.Payload)
	case broadcast.Refused:
		e.Type, e.Op, e.Error = "failed", opPublish, messages.CodeOf(g.Err)
	case fmt.Stringer: // what a protocol of the script's author emits
		e.Type, e.Payload = "emitted", g.String()
	default:
		return Event{}, false
	}
	return e, true
}

// tap emits what a protocol that ships gets, as a passive one does by itself.
type tap struct{ protocols.Handler }

// Tapped returns a protocol whose handlers also emit what happens to their arcs
// and requests. It sends nothing, and changes nothing.
func Tapped(p protocols.Protocol) protocols.Protocol {
	untapped := p.New
	p.New = func() protocols.Handler { return tap{untapped()} }
	return p
}

// Handle implements protocols.Handler.
func (t tap) Handle(port protocols.Port, event any) {
	switch event.(type) {
	case messages.ArcOpened, messages.ArcClosed, messages.PeerDown, messages.Introduced, messages.Failed,
		messages.Locked, messages.Unlocked, messages.Contacts:
		port.Emit(event)
	}
	t.Handler.Handle(port, event)
}

// passive is a protocol that keeps arcs and carries text.
func passive(name string) protocols.Protocol {
	return protocols.Protocol{Name: name, Message: &wrapperspb.BytesValue{}}
}
