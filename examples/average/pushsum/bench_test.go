package pushsum_test

import (
	"testing"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// BenchmarkReceived is one share of a neighbour. It has no weight to speak of, so
// that the limit is not reached.
func BenchmarkReceived(b *testing.B) {
	p := protocoltest.NewBench(protocol(8), 1)
	received := messages.Received{From: protocoltest.Peer("b"), Message: share(epoch, 8e-9, 1e-9)}
	b.ReportAllocs()
	for b.Loop() {
		p.Handle(received)
	}
}
