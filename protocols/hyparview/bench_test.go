//go:build !js

package hyparview_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// BenchmarkServe measures the most frequent events of a peer with a full active
// view: a walk that it passes on, a shuffle that it replies to, one that it passes
// on, and a link that it refuses. It reports time and allocations for each event.
func BenchmarkServe(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	var waiting []protocoltest.Request
	p.Answer = func(r protocoltest.Request) {
		if r.Op != messages.OpSend {
			waiting = append(waiting, r)
		}
	}
	events := 0
	handle := func(event any) {
		events++
		p.Handle(event)
	}
	settle := func() {
		for len(waiting) > 0 {
			r := waiting[0]
			waiting = waiting[1:]
			switch r.Op {
			case messages.OpOpen:
				handle(messages.ArcOpened{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.Out})
			case messages.OpClose:
				handle(messages.ArcClosed{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.Out, Cause: messages.CauseClosed})
			case messages.OpDrop:
				handle(messages.ArcClosed{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.In, Cause: messages.CauseDropped})
			}
		}
	}
	for i := range 5 {
		handle(messages.ArcOpened{Peer: peer(i), Dir: messages.In})
		handle(messages.Received{From: peer(i), Message: neighbor(false)})
		settle()
	}
	walk, through := forwardJoin("n", 5, "x"), shuffle(1, "z", 5, []string{"x"}, nodes("z", "r", "s")...)
	ends := make([]*hyparview.Message, 64)
	for i := range ends {
		ends[i] = shuffle(uint64(i+1), "z", 1, []string{"x"}, many(8, 8*i)...)
	}
	b.ReportAllocs()
	b.ResetTimer()
	events = 0
	for i := range b.N {
		if i%40 == 0 { // a new period: all allowances are renewed
			p.Advance(10 * time.Second)
			hyparview.Tick(p)
		}
		from := peer(i % 5)
		handle(messages.Received{From: from, Message: walk})
		handle(messages.Received{From: from, Message: ends[i%len(ends)]})
		handle(messages.Received{From: from, Message: through})
		handle(messages.ArcOpened{Peer: peer(99), Dir: messages.In})
		handle(messages.Received{From: peer(99), Message: neighbor(false)})
		settle()
	}
	b.StopTimer()
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}

// FuzzReceived checks that no message makes the handler panic or break the bounds.
func FuzzReceived(f *testing.F) {
	for _, m := range []*hyparview.Message{
		joins, neighbor(true), forwardJoin("n", 3, "x"), disconnect(true, nodes("n")...),
		shuffle(1, "z", 2, []string{"x"}, nodes("n")...), reply(1, "a", "z", []string{"y"}, []string{"x"}, nodes("n")...),
		{},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &hyparview.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		p := protocoltest.NewPort("a", protocol(func(c *hyparview.Config) { c.Active, c.Passive = 2, 3 }), 1)
		p.Deliver(messages.Started{})
		p.NameContacts()
		for _, from := range []string{"b", "c", "d"} {
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(from), Dir: messages.In})
			p.Receive(from, neighbor(false))
			for _, r := range p.Pending() {
				p.Succeed(r.Op, protocoltest.Name(r.Peer))
			}
		}
		p.Receive("b", m)
		p.Receive("b", m)
		p.Advance(time.Minute)
		p.Deliver(messages.Told{Event: messages.SampleRequest{N: 100}})
		last := p.Emitted[len(p.Emitted)-1].(messages.Sample).Peers
		if len(last) > 5 {
			t.Errorf("%d peers are known", len(last))
		}
	})
}
