// Command hello joins a room, says something to everybody in it, and prints
// what the others say: hello ws://localhost:5555 lobby "good morning".
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/wrtc"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: hello URL ROOM TEXT")
	}
	url, room, text := os.Args[1], os.Args[2], os.Args[3]
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	world := must(wrtc.NewWorld(wrtc.DefaultConfig())) // WebRTC, a fresh identity
	world.Rendezvous = must(client.New(client.Config{URL: url, Identity: world.Identity}))
	peer := must(actors.Start(actor.NewActorSystem(), world, actors.DefaultConfig()))
	must(peer.Spawn(ctx, must(spray.New(spray.DefaultConfig()))))         // who is connected to whom
	must(peer.Spawn(ctx, must(broadcast.New(broadcast.DefaultConfig())))) // along Spray's arcs
	peer.Subscribe("broadcast", func(event any) {
		if d, ok := event.(broadcast.Delivered); ok {
			fmt.Printf("%s says %s\n", d.Origin.Short(), d.Payload)
		}
	})
	must(peer.Join(ctx, room))
	_ = peer.Tell("broadcast", broadcast.Publish{Payload: []byte(text)})
	<-ctx.Done()
	_ = peer.Leave(context.Background())
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
