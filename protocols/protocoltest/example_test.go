package protocoltest_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// pairing is a small protocol: it opens an arc to one contact.
type pairing struct{}

func (pairing) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		port.Contacts(1)
	case messages.Contacts:
		for _, peer := range e.Peers {
			port.Open(peer)
		}
	}
}

func protocol() protocols.Protocol {
	return protocols.Protocol{Name: "pairing", New: func() protocols.Handler { return pairing{} }}
}

// A Port makes a transcript of one handler.
func ExamplePort() {
	port := protocoltest.NewPort("a", protocol(), 1)
	port.Deliver(messages.Started{})
	port.NameContacts("b")
	port.Fail(messages.OpOpen, "b", messages.ErrTimeout)
	fmt.Print(port.Transcript())
	// Output:
	// <- started
	// -> contacts 1 #1
	// <- contacts b #1
	// -> open b #2
	// <- failed open b timeout #2
}

// A Network runs many of them.
func ExampleNetwork() {
	network := protocoltest.NewNetwork(1)
	for _, name := range []string{"a", "b", "c"} {
		network.Add(protocoltest.Peer(name), protocol())
		network.Run(time.Second)
	}
	network.Settle()
	fmt.Println(network.Arcs("pairing"), "arcs,", network.Components("pairing"), "component, broken rules:", network.Check("pairing", true))
	// Output: 2 arcs, 1 component, broken rules: <nil>
}
