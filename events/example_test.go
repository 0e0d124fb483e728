package events_test

import (
	"fmt"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

func ExampleOf() {
	opened := messages.ArcOpened{Peer: messages.PeerID{1}, Dir: messages.Out}
	e, ok := events.Of("spray", opened, messages.PeerID.Short)
	fmt.Println(ok, e.Type, e.Protocol, e.Peer, e.Dir)
	// Output: true arc_opened spray aeaaaa out
}
