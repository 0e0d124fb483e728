package tman_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

// Thirty peers enter through Spray, and sort themselves into a ring.
func Example() {
	config := tman.DefaultConfig()
	config.Rank, config.View = tman.Ring{}, 2
	overlay, err := tman.New(config)
	if err != nil {
		panic(err)
	}
	sampling, err := spray.New(spray.DefaultConfig())
	if err != nil {
		panic(err)
	}
	network := protocoltest.NewNetwork(1)
	for i := range 30 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%02d", i)), overlay, sampling)
		network.Run(time.Second)
	}
	network.Run(10 * time.Minute)
	out := network.View(protocoltest.Peer("peer07"), "tman").Out
	fmt.Println("peer06:", out.Count(protocoltest.Peer("peer06")), "peer08:", out.Count(protocoltest.Peer("peer08")))
	// Output:
	// peer06: 1 peer08: 1
}
