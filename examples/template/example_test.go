package template_test

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/examples/template"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// Two neighbours; one of them hangs.
func Example() {
	protocol, err := template.New(template.DefaultConfig())
	if err != nil {
		panic(err)
	}
	port := protocoltest.NewPort("a", protocol, 1)
	port.Deliver(messages.Started{})
	port.SeeArc("spray", "b", messages.Out)
	port.Receive("b", &template.Beat{Status: "busy"})
	port.Advance(6 * time.Second)
	for _, event := range port.Emitted {
		switch e := event.(type) {
		case template.Present:
			fmt.Println(protocoltest.Name(e.Peer), "is", e.Status)
		case template.Gone:
			fmt.Println(protocoltest.Name(e.Peer), "is gone")
		}
	}
	// Output:
	// b is busy
	// b is gone
}
