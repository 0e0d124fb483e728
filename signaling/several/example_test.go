//go:build !js

package several_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/hall"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/signaling/several"
)

// A peer is linked to a server and, for the peers of its own process, to a hall. It
// is in the room as soon as one of them lets it in.
func Example() {
	quiet := slog.New(slog.DiscardHandler)
	rooms, err := server.New(server.Config{Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	pipe, stopped := server.NewPipe(), make(chan error)
	go func() { stopped <- rooms.Serve(ctx, pipe) }()
	lobby, err := hall.New(hall.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}

	identity := actors.NewIdentity(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	member, err := client.New(client.Config{
		URL: "ws://signaling", HTTPClient: pipe.HTTPClient(), Identity: identity, Logger: quiet,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	services, err := several.New(several.Config{
		Services: []several.Service{member, lobby.Link(identity.ID())}, Logger: quiet,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var rendezvous actors.Rendezvous = services // for the World of the peer
	events := make(chan any, 1)
	rendezvous.Enter("room", func(event any) { events <- event })
	fmt.Println("members:", (<-events).(messages.RendezvousEntered).Members)

	rendezvous.Leave()
	fmt.Println("lost:", (<-events).(messages.RendezvousLost).Err)
	stop()
	fmt.Println("stopped:", <-stopped)
	// Output:
	// members: 1
	// lost: <nil>
	// stopped: <nil>
}
