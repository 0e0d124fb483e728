//go:build !js

package broadcast_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

// Ten peers enter, and one of them says hello to all.
func Example() {
	overlay, err := spray.New(spray.DefaultConfig())
	if err != nil {
		panic(err)
	}
	flooding, err := broadcast.New(broadcast.DefaultConfig())
	if err != nil {
		panic(err)
	}
	delivered := 0
	network := protocoltest.NewNetwork(1)
	network.OnEmit = func(_ messages.PeerID, _ string, event any) {
		if e, ok := event.(broadcast.Delivered); ok && string(e.Payload) == "hello" {
			delivered++
		}
	}
	for i := range 10 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%d", i)), overlay, flooding)
		network.Run(time.Second)
	}
	network.Tell(protocoltest.Peer("peer3"), "broadcast", broadcast.Publish{Payload: []byte("hello")})
	network.Run(time.Second)
	fmt.Println("delivered:", delivered)
	// Output: delivered: 10
}
