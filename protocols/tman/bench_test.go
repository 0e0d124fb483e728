//go:build !js

package tman_test

import (
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

// BenchmarkServe measures one exchange that a peer serves: it knows 100 others,
// sends the 20 that rank best for the partner, and merges as many.
func BenchmarkServe(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	p.Handle(messages.Started{})
	var sample []*tman.Candidate
	for i := range 100 {
		id := peer(i)
		sample = append(sample, &tman.Candidate{Peer: id.Bytes(), Version: 1})
	}
	partner := messages.PeerID{2}
	p.Handle(messages.ArcOpened{Peer: partner, Dir: messages.In})
	sent := 0
	p.Answer = func(r protocoltest.Request) {
		if r.Op == messages.OpSend {
			sent++
		}
	}
	requests := make([]*tman.Message, 5)
	for i := range requests {
		requests[i] = request(1, sample[20*i:20*i+20]...)
		p.Handle(messages.Received{From: partner, Message: requests[i]})
	}
	partners := make([]messages.PeerID, 60)
	for i := range partners {
		partners[i] = messages.PeerID{3, byte(i)}
		p.Handle(messages.ArcOpened{Peer: partners[i], Dir: messages.In})
	}
	b.ReportAllocs()
	b.ResetTimer()
	sent = 0
	for i := range b.N {
		if i%len(partners) == 0 { // a new period: the allowances are renewed
			b.StopTimer()
			p.Advance(30 * time.Second)
			p.Handle(tman.Period)
			sent = i
			b.StartTimer()
		}
		p.Handle(messages.Received{From: partners[i%len(partners)], Message: requests[i%len(requests)]})
	}
	if sent != b.N {
		b.Fatalf("%d of %d were served", sent, b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
