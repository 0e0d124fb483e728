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
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/signaling"
	"github.com/n2n-overlay/n2n/wrtc"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: hello URL ROOM TEXT")
	}
	url, room, text := os.Args[1], os.Args[2], os.Args[3]
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	world, err := wrtc.NewWorld(wrtc.DefaultConfig()) // WebRTC, a fresh identity
	check(err)
	world.Rendezvous, err = signaling.NewClient(signaling.ClientConfig{URL: url, Identity: world.Identity})
	check(err)
	peer, err := actors.Start(actor.NewActorSystem(), world, actors.DefaultConfig())
	check(err)

	overlay, err := spray.New(spray.DefaultConfig()) // who is connected to whom
	check(err)
	flood, err := broadcast.New(broadcast.DefaultConfig()) // along Spray's arcs
	check(err)
	for _, protocol := range []protocols.Protocol{overlay, flood} {
		_, err = peer.Spawn(protocol)
		check(err)
	}
	peer.Subscribe("broadcast", func(event any) {
		if d, ok := event.(broadcast.Delivered); ok {
			fmt.Printf("%s says %s\n", d.Origin.Short(), d.Payload)
		}
	})
	_, err = peer.Join(ctx, room)
	check(err)
	peer.Tell("broadcast", broadcast.Publish{Payload: []byte(text)})
	<-ctx.Done()
	check(peer.Leave(context.Background()))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
