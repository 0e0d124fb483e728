//go:build !js

package fullmesh_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// Six peers enter, and one crashes.
func Example() {
	protocol, err := fullmesh.New(fullmesh.DefaultConfig())
	if err != nil {
		panic(err)
	}
	network := protocoltest.NewNetwork(1)
	for i := range 6 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%d", i)), protocol)
		network.Run(time.Second)
	}
	network.Run(10 * time.Second)
	fmt.Println("arcs:", network.Arcs("fullmesh"))
	network.Crash(protocoltest.Peer("peer2"))
	network.Run(10 * time.Second)
	fmt.Println("arcs:", network.Arcs("fullmesh"))
	// Output:
	// arcs: 30
	// arcs: 20
}
