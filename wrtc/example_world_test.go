//go:build !js

package wrtc_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/wrtc"
)

// Two peers of one service enter a room and talk over WebRTC. Real peers use a
// server's ws://host:5555 in place of the pipe, and DefaultConfig if they are on
// several machines.
func ExampleNewWorld() {
	quiet := slog.New(slog.DiscardHandler)
	rooms, err := server.New(server.Config{Logger: quiet})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	pipe, stopped := server.NewPipe(), make(chan error)
	go func() { stopped <- rooms.Serve(ctx, pipe) }()

	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return quiet }))
	start := func() *actors.Peer {
		config, err := wrtc.LoopbackConfig()
		if err != nil {
			log.Fatal(err)
		}
		world, err := wrtc.NewWorld(config)
		if err != nil {
			log.Fatal(err)
		}
		world.Rendezvous, err = client.New(client.Config{
			URL: "ws://signaling", HTTPClient: pipe.HTTPClient(), Identity: world.Identity, Logger: quiet,
		})
		if err != nil {
			log.Fatal(err)
		}
		peer, err := actors.Start(system, world, actors.DefaultConfig())
		if err != nil {
			log.Fatal(err)
		}
		if _, err := peer.Spawn(context.Background(), protocols.Protocol{Name: "chat", Message: &wrapperspb.BytesValue{}}); err != nil {
			log.Fatal(err)
		}
		if _, err := peer.Join(ctx, "room"); err != nil {
			log.Fatal(err)
		}
		return peer
	}
	alice, bob := start(), start()

	got := make(chan string, 1)
	bob.Subscribe("chat", func(event any) {
		if e, ok := event.(messages.Received); ok {
			got <- string(e.Message.(*wrapperspb.BytesValue).GetValue())
		}
	})
	fmt.Println("open:", alice.Open(ctx, "chat", bob.ID()))
	_ = alice.Send("chat", bob.ID(), wrapperspb.Bytes([]byte("hello")))
	fmt.Println("bob got", <-got)

	fmt.Println("leave:", alice.Leave(ctx), bob.Leave(ctx))
	stop()
	fmt.Println("server:", <-stopped)
	// Output:
	// open: <nil>
	// bob got hello
	// leave: <nil> <nil>
	// server: <nil>
}
