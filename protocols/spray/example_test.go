//go:build !js

package spray_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

// Twenty peers enter one after the other. Each uses the rendezvous once. From then
// on arcs only move.
func Example() {
	protocol, err := spray.New(spray.DefaultConfig())
	if err != nil {
		panic(err)
	}
	network := protocoltest.NewNetwork(1)
	for i := range 20 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%02d", i)), protocol)
		network.Run(time.Second)
	}
	network.CloseRendezvous()
	before := network.Arcs("spray")

	network.Run(10 * time.Minute)
	network.Settle()
	fmt.Println("dials through the rendezvous:", network.Metrics["rendezvous_dials"])
	fmt.Println("arcs moved:", network.Metrics["spray.arcs_moved"] > 100)
	fmt.Println("arcs more or fewer:", network.Arcs("spray")-before)
	fmt.Println("pieces:", network.Components("spray"))
	// Output:
	// dials through the rendezvous: 19
	// arcs moved: true
	// arcs more or fewer: 0
	// pieces: 1
}
