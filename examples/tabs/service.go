package main

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/unicast"
	"github.com/n2n-overlay/n2n/signaling/client"
)

// room is where tabs and the service meet.
const room = "tabs"

// startService starts a peer that runs the three applications and enters the room
// through dial. It opens no arc: the tabs open arcs of the applications that they use.
// The names of the applications, their messages and delivery classes are the same in
// page/applications.js.
func startService(ctx context.Context, dial *http.Client) (*n2n.Peer, error) {
	questions := unicast.DefaultConfig()
	questions.Name, questions.Over = "clock", "chat"
	asked, err := unicast.New(questions)
	if err != nil {
		return nil, err
	}
	service, err := n2n.Start(
		n2n.Signal("ws://signaling"), n2n.Link(func(c *client.Config) { c.HTTPClient = dial }),
		n2n.Loopback(), // for tabs on this machine; all others reach it too
		n2n.Overlay(""), n2n.With(
			protocols.Protocol{Name: "chat", Message: &wrapperspb.StringValue{}},
			protocols.Protocol{Name: "board", Message: &wrapperspb.BytesValue{}, Delivery: protocols.Lossy, New: newBoard},
			asked,
		),
	)
	if err != nil {
		return nil, err
	}
	// A subscriber misses nothing if it subscribes before Enter.
	peer := service.Actors()
	peer.Subscribe("chat", (&chat{peer: peer}).event)
	peer.Subscribe("clock", (&clock{peer, time.Now()}).event)
	if _, err := service.Enter(ctx, room); err != nil {
		peer.Crash()
		return nil, err
	}
	return service, nil
}
