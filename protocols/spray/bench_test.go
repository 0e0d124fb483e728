//go:build !js

package spray_test

import (
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

// BenchmarkServe measures one exchange that a peer with a view of 10 serves: 5 arcs
// go and 5 come. It reports time, allocations and handled events for each exchange.
func BenchmarkServe(b *testing.B) {
	var waiting []protocoltest.Request
	p := protocoltest.NewBench(protocol(func(c *spray.Config) { c.Period = time.Second }), 1)
	p.Answer = func(r protocoltest.Request) { waiting = append(waiting, r) }
	events := 0
	handle := func(event any) {
		events++
		p.Handle(event)
	}
	for i := range 10 {
		handle(messages.ArcOpened{Peer: peer(i), Dir: messages.Out})
	}
	partner := peer(100)
	handle(messages.ArcOpened{Peer: partner, Dir: messages.In})
	b.ReportAllocs()
	b.ResetTimer()
	events = 0
	for i := range b.N {
		p.Advance(time.Second)
		handle(messages.Received{From: partner, Message: request(uint64(i + 1))})
		given := 0
		for len(waiting) > 0 {
			r := waiting[0]
			waiting = waiting[1:]
			switch r.Op {
			case messages.OpLock:
				handle(messages.Locked{Ticket: r.Ticket, Peer: r.Peer})
			case messages.OpUnlock:
				handle(messages.Unlocked{Ticket: r.Ticket, Peer: r.Peer})
			case messages.OpIntroduce:
				handle(messages.Introduced{Ticket: r.Ticket, From: r.Peer, To: r.To})
			case messages.OpClose:
				given++
				handle(messages.ArcClosed{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.Out, Cause: messages.CauseClosed})
			}
		}
		if given != 5 {
			b.Fatalf("%d arcs were given away", given)
		}
		for j := range given {
			handle(messages.ArcOpened{Peer: peer(j), Dir: messages.Out, Via: partner})
		}
		handle(messages.Received{From: partner, Message: done(uint64(i+1), uint32(given))})
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}
