//go:build !js

package cyclon_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// Thirty peers enter one after the other. Each uses the rendezvous once, for its
// contact. All views fill, and no peer opens more arcs than its view has entries.
func Example() {
	config := cyclon.DefaultConfig()
	config.View, config.Shuffle = 8, 4
	protocol, err := cyclon.New(config)
	if err != nil {
		panic(err)
	}
	network := protocoltest.NewNetwork(1)
	for i := range 30 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%02d", i)), protocol)
		network.Run(time.Second)
	}
	network.CloseRendezvous()
	network.Run(10 * time.Minute)
	network.Settle()
	fmt.Println("dials through the rendezvous:", network.Metrics["rendezvous_dials"])
	fmt.Println("arcs:", network.Arcs("cyclon"))
	fmt.Println("pieces:", network.Components("cyclon"))
	// Output:
	// dials through the rendezvous: 29
	// arcs: 240
	// pieces: 1
}
