package hyparview_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// Forty peers enter one after the other. Half of them crash at the same moment, and
// the others mend their active views.
func Example() {
	protocol, err := hyparview.New(hyparview.DefaultConfig())
	if err != nil {
		panic(err)
	}
	network := protocoltest.NewNetwork(1)
	for i := range 40 {
		network.Add(protocoltest.Peer(fmt.Sprintf("peer%02d", i)), protocol)
		network.Run(time.Second)
	}
	network.Run(time.Minute)
	for i := range 20 {
		network.Crash(protocoltest.Peer(fmt.Sprintf("peer%02d", 2*i)))
	}
	network.Run(time.Minute)
	network.Settle()

	fewest := 40
	for _, peer := range network.Peers() {
		fewest = min(fewest, network.View(peer, "hyparview").Out.Len())
	}
	fmt.Println("neighbours of a peer, at least:", fewest)
	fmt.Println("pieces:", network.Components("hyparview"))
	fmt.Println("broken rules:", network.Check("hyparview", true))
	// Output:
	// neighbours of a peer, at least: 5
	// pieces: 1
	// broken rules: <nil>
}
