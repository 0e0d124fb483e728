//go:build !js

package signaling_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling"
)

// A server and a peer that enters a room. In place of the pipe there would be
// signaling.Listen(ctx, ":5555"), and ws://host:5555 in the client's config.
func Example() {
	quiet := slog.New(slog.DiscardHandler)
	server, err := signaling.NewServer(signaling.Config{Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	pipe, stopped := signaling.NewPipe(), make(chan error)
	go func() { stopped <- server.Serve(ctx, pipe) }()

	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	client, err := signaling.NewClient(signaling.ClientConfig{
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
	client.Enter("room", func(event any) { events <- event })
	fmt.Println("members:", (<-events).(messages.RendezvousEntered).Members)

	client.Contacts(1, 3)
	fmt.Println("contacts:", len((<-events).(*messages.ContactList).GetPeers()))

	client.Leave()
	fmt.Println("lost:", (<-events).(messages.RendezvousLost).Err)
	stop()
	fmt.Println("stopped:", <-stopped)
	// Output:
	// members: 1
	// contacts: 0
	// lost: <nil>
	// stopped: <nil>
}

// A peer that is linked to a server and, for the peers of its own process, to a
// hall. It is in the room as soon as one of them lets it in.
func ExampleSeveral() {
	quiet := slog.New(slog.DiscardHandler)
	server, err := signaling.NewServer(signaling.Config{Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	pipe, stopped := signaling.NewPipe(), make(chan error)
	go func() { stopped <- server.Serve(ctx, pipe) }()
	hall, err := signaling.NewHall(signaling.HallConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}

	identity := actors.NewIdentity(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	client, err := signaling.NewClient(signaling.ClientConfig{
		URL: "ws://signaling", HTTPClient: pipe.HTTPClient(), Identity: identity, Logger: quiet,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	services, err := signaling.NewSeveral(signaling.SeveralConfig{
		Services: []signaling.Service{client, hall.Link(identity.ID())}, Logger: quiet,
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

// Two peers of one process meet without a server.
func ExampleHall() {
	hall, err := signaling.NewHall(signaling.HallConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	a, b := messages.PeerID{1}, messages.PeerID{2}
	atA, atB := make(chan any, 1), make(chan any, 1)
	linkA, linkB := hall.Link(a), hall.Link(b)
	linkA.Enter("room", func(event any) { atA <- event })
	linkB.Enter("room", func(event any) { atB <- event })
	<-atA
	fmt.Println("members:", (<-atB).(messages.RendezvousEntered).Members)

	linkB.Contacts(1, 3)
	fmt.Println("contacts:", len((<-atB).(*messages.ContactList).GetPeers()))

	linkA.Signal(&messages.Signal{
		Job: 7, From: a.Bytes(), To: b.Bytes(),
		Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "v=0", Protocol: "spray"}},
	})
	fmt.Println("offer:", (<-atB).(*messages.Signal).GetOffer().GetProtocol())
	linkA.Leave()
	linkB.Leave()
	<-atA
	<-atB
	// Output:
	// members: 2
	// contacts: 1
	// offer: spray
}
