//go:build !js

package size_test

import (
	"fmt"
	"math"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

// Fifty peers enter, and one of them estimates their number.
func Example() {
	overlay, err := spray.New(spray.DefaultConfig())
	if err != nil {
		panic(err)
	}
	estimator, err := size.New(size.DefaultConfig())
	if err != nil {
		panic(err)
	}
	one := protocoltest.Peer("peer07")
	last := size.Estimate{}
	network := protocoltest.NewNetwork(2)
	network.OnEmit = func(peer messages.PeerID, _ string, event any) {
		if e, ok := event.(size.Estimate); ok && peer == one {
			last = e
		}
	}
	for i := range 50 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%02d", i)), overlay, estimator)
		network.Run(2 * time.Second)
	}
	network.Run(10 * time.Minute)
	fmt.Println("right within a factor of two:", math.Abs(math.Log2(last.N/50)) < 1)
	fmt.Println("views:", last.Samples > 10)
	// Output:
	// right within a factor of two: true
	// views: true
}
