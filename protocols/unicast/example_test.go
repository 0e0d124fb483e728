package unicast_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// One of two peers asks the other, which answers.
func Example() {
	overlay, err := spray.New(spray.DefaultConfig())
	if err != nil {
		panic(err)
	}
	asking, err := unicast.New(unicast.DefaultConfig())
	if err != nil {
		panic(err)
	}
	a, b := protocoltest.Peer("a"), protocoltest.Peer("b")
	network := protocoltest.NewNetwork(1)
	network.OnEmit = func(peer messages.PeerID, _ string, event any) {
		switch e := event.(type) {
		case unicast.Requested:
			fmt.Printf("%s is asked %q\n", protocoltest.Name(peer), e.Payload)
			network.Tell(peer, "unicast", unicast.Reply{To: e.From, ID: e.ID, Payload: []byte("fine")})
		case unicast.Answered:
			fmt.Printf("%s is answered %q\n", protocoltest.Name(peer), e.Payload)
		}
	}
	network.Add(a, overlay, asking)
	network.Add(b, overlay, asking)
	network.Run(time.Second)
	network.Tell(a, "unicast", unicast.Request{ID: 1, To: b, Payload: []byte("how are you?")})
	network.Run(time.Second)
	// Output:
	// b is asked "how are you?"
	// a is answered "fine"
}
