// Package echo is the peer at the other end of the browser tests. It runs in the
// program that runs the tests, and in a second tab.
package echo

import (
	"context"
	"strings"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
)

// Classes are the protocols of an echo peer, one for each delivery class.
var Classes = map[string]protocols.Delivery{
	"ordered": protocols.Ordered, "reliable": protocols.Reliable, "lossy": protocols.Lossy,
}

// Protocol returns one of Classes with a handler; without one (nil) it is passive.
func Protocol(name string, handler func() protocols.Handler) protocols.Protocol {
	return protocols.Protocol{
		Name: name, Message: &wrapperspb.BytesValue{}, Delivery: Classes[name], New: handler,
	}
}

// Heard is the beginning of an echo peer's answer to the broadcast of another peer.
const Heard = "heard "

// Broadcast returns a broadcast along the arcs of "ordered".
func Broadcast() (protocols.Protocol, error) {
	config := broadcast.DefaultConfig()
	config.Over = "ordered"
	return broadcast.New(config)
}

// Start starts a peer that sends every message back, answers broadcasts, and enters a
// room.
func Start(ctx context.Context, url, room string) (*n2n.Peer, error) {
	spoken, err := Broadcast()
	if err != nil {
		return nil, err
	}
	var all []protocols.Protocol
	for name := range Classes {
		all = append(all, Protocol(name, func() protocols.Handler { return &echo{} }))
	}
	peer, err := n2n.Start(n2n.Overlay(""), n2n.With(append(all, spoken)...), n2n.Signal(url), n2n.Loopback())
	if err != nil {
		return nil, err
	}
	actors.On(peer.Actors(), spoken.Name, func(d messages.Delivered) {
		if d.Origin != peer.ID() && !strings.HasPrefix(string(d.Payload), Heard) {
			_ = peer.Actors().Tell(spoken.Name, broadcast.Publish{Payload: append([]byte(Heard), d.Payload...)})
		}
	})
	_, err = peer.Enter(ctx, room)
	return peer, err
}

// Flood is an event for an echo peer's protocol, which then sends Count messages of Size
// bytes as fast as the connection takes them.
type Flood struct {
	To          messages.PeerID
	Count, Size int
}

// echo is the handler of an echo peer.
type echo struct {
	flood     Flood // the rest of it
	congested bool
}

// pour is the event by which an echo continues its flood.
type pour struct{}

// Handle implements protocols.Handler.
func (e *echo) Handle(port protocols.Port, event any) {
	switch event := event.(type) {
	case messages.Received:
		port.Send(event.From, event.Message)
	case messages.Told:
		e.flood = event.Event.(Flood)
		e.pour(port)
	case messages.Congested:
		e.congested = true
	case messages.Drained:
		e.congested = false
		e.pour(port)
	case pour:
		e.pour(port)
	case messages.Leaving:
		port.Stop()
	}
}

// pour sends a part of the flood, and the next part once there is room.
func (e *echo) pour(port protocols.Port) {
	if e.congested || e.flood.Count == 0 {
		return
	}
	for range min(16, e.flood.Count) {
		port.Send(e.flood.To, wrapperspb.Bytes(make([]byte, e.flood.Size)))
		e.flood.Count--
	}
	port.After(0, pour{})
}
