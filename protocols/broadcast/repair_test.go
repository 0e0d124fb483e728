//go:build !js

package broadcast_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// pump delivers the messages between two peers until both are quiet.
func pump(a, b *protocoltest.Port) {
	for len(a.Sent)+len(b.Sent) > 0 {
		for _, way := range []struct {
			from, to *protocoltest.Port
		}{{a, b}, {b, a}} {
			sent := way.from.Sent
			way.from.Sent = nil
			for _, s := range sent {
				if s.To == way.to.Self() {
					way.to.Receive(protocoltest.Name(way.from.Self()), s.Message)
				}
			}
		}
	}
}

// neighbors makes two peers neighbors and lets them compare their messages for some
// periods.
func neighbors(a, b *protocoltest.Port, periods int) {
	a.Deliver(opened(protocoltest.Name(b.Self()), messages.In))
	b.Deliver(opened(protocoltest.Name(a.Self()), messages.Out))
	for range periods {
		pump(a, b)
		a.Advance(10 * time.Second)
		b.Advance(10 * time.Second)
	}
}

func parted(a, b *protocoltest.Port) {
	a.Deliver(closed(protocoltest.Name(b.Self()), messages.In))
	b.Deliver(closed(protocoltest.Name(a.Self()), messages.Out))
}

// caughtUp fails unless a peer that was cut off gets all messages in order.
// Meanwhile its neighbor got messages of many publishers, each after the one before
// it.
func caughtUp(t *testing.T, sources, published, size int) {
	t.Helper()
	a, b := start(nil), protocoltest.NewPort("b", protocol(nil), 2)
	b.Quiet = true
	b.Deliver(messages.Started{})
	padding := strings.Repeat(" ", size)
	var last []*broadcast.ID
	get := func(i int) {
		next := id(fmt.Sprint("z", i%sources), 9, uint64(i/sources+1))
		a.Receive("c", after(next, fmt.Sprint(i, padding), last...))
		last, a.Sent = []*broadcast.ID{next}, nil
	}
	get(0)
	neighbors(a, b, 1)
	parted(a, b)
	for i := range published - 1 {
		get(i + 1)
	}
	neighbors(a, b, 4)
	for i, payload := range payloads(b) {
		if payload != fmt.Sprint(i, padding) {
			t.Fatalf("delivered %s as number %d", payload, i)
		}
	}
	if got := len(payloads(b)); got != published || b.Metrics["gaps"] > 0 {
		t.Errorf("delivered %d of %d, gave up %v", got, published, b.Metrics["gaps"])
	}
}

// A peer that was cut off gets all kept messages from a single neighbor, in causal
// order and with none given up. There are far more than may wait or than one
// message lists.
func TestCatchUp(t *testing.T) {
	t.Run("many messages", func(t *testing.T) { caughtUp(t, 8, 4000, 0) })
	t.Run("many publishers", func(t *testing.T) { caughtUp(t, 3000, 3000, 0) })
	t.Run("large messages", func(t *testing.T) { caughtUp(t, 3, 60, 60<<10) })
}

// A neighbor gets a bounded number of messages at once. The rest comes when it asks
// again.
func TestBatches(t *testing.T) {
	p := start(nil, "b")
	for i := range 20 {
		p.Receive("b", flood(id("z", 9, uint64(i+1)), strings.Repeat("x", 60<<10)))
	}
	p.Sent = nil
	p.Receive("c", &broadcast.Message{Body: &broadcast.Message_Want{Want: &broadcast.Want{
		Ranges: []*broadcast.Range{{Origin: protocoltest.Peer("z").Bytes(), Epoch: 9, First: 1, Last: 20}},
	}}})
	if n := len(p.Sent); n != 10 || p.Sent[9].Message.(*broadcast.Message).GetHave() == nil {
		t.Errorf("%d messages were sent, the last of them %v", n, p.Sent[n-1].Message)
	}
}
