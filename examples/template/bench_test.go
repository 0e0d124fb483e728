package template_test

import (
	"testing"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// BenchmarkReceived is one beat of a neighbour.
func BenchmarkReceived(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	from := protocoltest.Peer("b")
	p.Handle(messages.Seen{Protocol: "spray", Event: messages.ArcOpened{Peer: from, Dir: messages.Out}})
	beat := messages.Received{From: from, Message: says("busy")}
	b.ReportAllocs()
	for b.Loop() {
		p.Handle(beat)
	}
}
