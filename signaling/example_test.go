//go:build !js

package signaling_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
)

// A peer enters a room of a server. A real server uses server.Listen(ctx, ":5555")
// in place of the pipe, and the client's config has ws://host:5555.
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

	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	member, err := client.New(client.Config{
		URL:        "ws://signaling",
		HTTPClient: pipe.HTTPClient(),
		Identity:   actors.NewIdentity(key),
		Logger:     quiet,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	events := make(chan any, 1)
	member.Enter("room", func(event any) { events <- event })
	fmt.Println("members:", (<-events).(messages.RendezvousEntered).Members)

	member.Contacts(1, 3)
	fmt.Println("contacts:", len((<-events).(*messages.ContactList).GetPeers()))

	member.Leave()
	fmt.Println("lost:", (<-events).(messages.RendezvousLost).Err)
	stop()
	fmt.Println("stopped:", <-stopped)
	// Output:
	// members: 1
	// contacts: 0
	// lost: <nil>
	// stopped: <nil>
}
