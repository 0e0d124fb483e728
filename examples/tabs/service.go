package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/unicast"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/wrtc"
)

// room is where tabs and the service meet.
const room = "tabs"

// startService starts a peer that runs the three applications and enters the room
// through dial. It opens no arc: tabs do, of the applications that they use.
func startService(ctx context.Context, dial *http.Client) (*actors.Peer, error) {
	config := wrtc.DefaultConfig()
	config.Loopback = true // for tabs on this machine; all others reach it too
	world, err := wrtc.NewWorld(config)
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	world.Rendezvous, err = client.New(client.Config{
		URL: "ws://signaling", HTTPClient: dial, Identity: world.Identity, Logger: quiet,
	})
	if err != nil {
		return nil, err
	}
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return quiet }))
	peer, err := actors.Start(system, world, actors.DefaultConfig())
	if err != nil {
		return nil, err
	}
	if err := spawn(ctx, peer); err != nil {
		peer.Crash()
		return nil, err
	}
	if _, err := peer.Join(ctx, room); err != nil {
		peer.Crash()
		return nil, err
	}
	return peer, nil
}

// spawn starts the applications. Their names, what they exchange and how it is
// delivered are the same in page/applications.js.
func spawn(ctx context.Context, peer *actors.Peer) error {
	questions := unicast.DefaultConfig()
	questions.Name, questions.Over = "clock", "chat"
	asked, err := unicast.New(questions)
	if err != nil {
		return err
	}
	// Who subscribes before Spawn misses nothing.
	peer.Subscribe("chat", (&chat{peer: peer}).event)
	peer.Subscribe("clock", (&clock{peer, time.Now()}).event)
	_, errChat := peer.Spawn(ctx, protocols.Protocol{Name: "chat", Message: &wrapperspb.StringValue{}})
	_, errBoard := peer.Spawn(ctx, protocols.Protocol{Name: "board", Message: &wrapperspb.BytesValue{}, Delivery: protocols.Lossy, New: newBoard})
	_, errClock := peer.Spawn(ctx, asked)
	return errors.Join(errChat, errBoard, errClock)
}
