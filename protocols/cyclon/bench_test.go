//go:build !js

package cyclon_test

import (
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// BenchmarkServe measures one exchange that a peer with a full view of 20 serves: 8
// entries are given, 8 arcs are opened and 8 are closed. It reports time,
// allocations and handled events for each exchange.
func BenchmarkServe(b *testing.B) {
	var waiting []protocoltest.Request
	p := protocoltest.NewBench(protocol(func(c *cyclon.Config) { c.Period = time.Second }), 1)
	p.Answer = func(r protocoltest.Request) { waiting = append(waiting, r) }
	events := 0
	handle := func(event any) {
		events++
		p.Handle(event)
	}
	handle(messages.Started{})
	for i := range 20 {
		handle(messages.ArcOpened{Peer: peer(i), Dir: messages.Out})
	}
	partners := []messages.PeerID{peer(100_000), peer(100_001)}
	for _, partner := range partners {
		handle(messages.ArcOpened{Peer: partner, Dir: messages.In})
	}
	waiting = nil
	b.ReportAllocs()
	b.ResetTimer()
	events = 0
	for i := range b.N {
		p.Advance(time.Second)
		m := &cyclon.ShuffleRequest{Exchange: uint64(i + 1)}
		for j := range 7 {
			m.Entries = append(m.Entries, &cyclon.Entry{Peer: peer(20 + (i*7+j)%10_000).Bytes(), Age: 3})
		}
		handle(messages.Received{From: partners[i%2], Message: &cyclon.Message{Body: &cyclon.Message_ShuffleRequest{ShuffleRequest: m}}})
		opened, closed := 0, 0
		for len(waiting) > 0 {
			r := waiting[0]
			waiting = waiting[1:]
			switch r.Op {
			case messages.OpOpen:
				opened++
				handle(messages.ArcOpened{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.Out, Via: partners[i%2]})
			case messages.OpClose:
				closed++
				handle(messages.ArcClosed{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.Out, Cause: messages.CauseClosed})
			}
		}
		if opened < 7 || closed != opened {
			b.Fatalf("%d arcs were opened, %d closed", opened, closed)
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}
