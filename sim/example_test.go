package sim_test

import (
	"context"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
)

// Three peers enter a room; the one in the middle introduces the others.
func Example() {
	world, err := sim.NewWorld(sim.Config{Seed: 1, Network: sim.Network{Latency: sim.Latency{Mean: 20 * time.Millisecond}}})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	var peers []*actors.Peer
	for number := range uint64(3) {
		peer, err := world.Start(sim.NewIdentity(1, number), actors.DefaultConfig())
		if err != nil {
			panic(err)
		}
		if _, err := peer.Spawn(ctx, protocols.Protocol{Name: "chat"}); err != nil {
			panic(err)
		}
		if _, err := peer.Join(ctx, "room"); err != nil {
			panic(err)
		}
		peers = append(peers, peer)
	}
	a, b, c := peers[0], peers[1], peers[2]
	fmt.Println(a.Open(ctx, "chat", b.ID()), b.Open(ctx, "chat", c.ID()))
	world.StopServer()
	fmt.Println(b.Introduce(ctx, "chat", a.ID(), c.ID(), messages.Views{From: messages.InView, To: messages.OutView}))
	snapshot, err := a.Snapshot(ctx)
	fmt.Println(snapshot.Views["chat"].Out.Len(), "arcs after", world.Elapsed().Round(100*time.Millisecond), err)
	// Output:
	// <nil> <nil>
	// <nil>
	// 2 arcs after 1.2s <nil>
}
