//go:build !js

package n2n_test

import (
	"context"
	"fmt"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/signaling/hall"
)

// Two peers of one process meet in a hall instead of a signaling server, and one asks the
// other something.
func Example() {
	ctx := context.Background()
	h, err := hall.New(hall.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	alice, err := n2n.Join(ctx, "lobby", n2n.Hall(h), n2n.Loopback())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = alice.Leave(ctx) }()
	alice.Handle(func(_ context.Context, r n2n.Request) ([]byte, error) {
		return append([]byte("you said "), r.Body...), nil
	})
	bob, err := n2n.Join(ctx, "lobby", n2n.Hall(h), n2n.Loopback())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = bob.Leave(ctx) }()

	// A request goes to a neighbor; Open of Actors connects to one.
	if err := bob.Actors().Open(ctx, "spray", alice.ID()); err != nil {
		fmt.Println(err)
		return
	}
	reply, err := bob.Request(ctx, alice.ID(), []byte("good morning"))
	fmt.Println(string(reply), err)
	// Output: you said good morning <nil>
}
