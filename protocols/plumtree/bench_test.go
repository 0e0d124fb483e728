//go:build !js

package plumtree_test

import (
	"bytes"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// BenchmarkTree measures a peer with five neighbours, of which two are eager. A
// message comes from one, goes to the other, is announced to three, and is
// announced by these. It reports time, allocations and handled events for each
// message.
func BenchmarkTree(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	events := 0
	handle := func(event any) {
		events++
		p.Handle(event)
	}
	for i := range 5 {
		for _, dir := range []messages.Direction{messages.Out, messages.In} {
			handle(messages.Seen{Protocol: over, Event: messages.ArcOpened{Peer: peer(i), Dir: dir}})
		}
		if i > 1 {
			handle(messages.Received{From: peer(i), Message: prune})
		}
	}
	payload := string(bytes.Repeat([]byte("x"), 100))
	b.ReportAllocs()
	b.ResetTimer()
	events = 0
	for i := range b.N {
		if i%16 == 0 {
			p.Advance(100 * time.Millisecond)
		}
		handle(messages.Received{From: peer(0), Message: gossip(id("z", 9, uint64(i+1)), 3, payload)})
		for lazy := 2; lazy < 5; lazy++ {
			handle(messages.Received{From: peer(lazy), Message: iHave(4, id("z", 9, uint64(i+1)))})
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}

// FuzzReceived checks that no message makes the handler panic or is delivered
// twice.
func FuzzReceived(f *testing.F) {
	for _, m := range []*plumtree.Message{gossip(id("z", 9, 1), 1, "x"), iHave(2, id("z", 9, 1)), graft(id("z", 9, 1)), graft(nil), prune, {}} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &plumtree.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		p := start(nil, "b", "c")
		p.Receive("b", m)
		p.Receive("c", m)
		p.Advance(time.Minute)
		p.Receive("b", m)
		if n := delivered(p); n > 1 {
			t.Errorf("delivered %d times", n)
		}
	})
}
