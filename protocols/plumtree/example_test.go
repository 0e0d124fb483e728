package plumtree_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// Twenty peers enter. The first message is flooded; the ones after it take a
// message for each peer but the one that they are from.
func Example() {
	overlay, err := hyparview.New(hyparview.DefaultConfig())
	if err != nil {
		panic(err)
	}
	broadcasting, err := plumtree.New(plumtree.DefaultConfig())
	if err != nil {
		panic(err)
	}
	delivered := 0
	network := protocoltest.NewNetwork(1)
	network.OnEmit = func(_ messages.PeerID, _ string, event any) {
		if _, ok := event.(messages.Delivered); ok {
			delivered++
		}
	}
	for i := range 20 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%02d", i)), overlay, broadcasting)
		network.Run(time.Second)
	}
	network.Run(time.Minute)
	for _, text := range []string{"one", "two", "three"} {
		before := network.Metrics["plumtree.duplicates"]
		network.Tell(protocoltest.Peer("peer03"), "plumtree", messages.Publish{Payload: []byte(text)})
		network.Run(5 * time.Second)
		fmt.Println("delivered:", delivered, "again:", network.Metrics["plumtree.duplicates"]-before)
		delivered = 0
	}
	// Output:
	// delivered: 20 again: 60
	// delivered: 20 again: 0
	// delivered: 20 again: 0
}
