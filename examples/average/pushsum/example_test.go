package pushsum_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// Three peers whose average is 20.
func Example() {
	network := protocoltest.NewNetwork(1)
	network.OnEmit = func(peer messages.PeerID, _ string, event any) {
		if e, ok := event.(pushsum.Estimate); ok && e.Epoch == epoch+1 {
			fmt.Printf("%s: %.2f\n", protocoltest.Name(peer), e.Average())
		}
	}
	for i, name := range []string{"a", "b", "c"} {
		network.Add(protocoltest.Peer(name), overlay(time.Hour), protocol(float64(10*(i+1))))
	}
	network.Run(125 * time.Second)
	// Unordered output:
	// a: 20.00
	// b: 20.00
	// c: 20.00
}
