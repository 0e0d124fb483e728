package protocoltest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// sampler answers with the given peers.
type sampler []messages.PeerID

func (s sampler) Handle(port protocols.Port, event any) {
	if told, ok := event.(messages.Told); ok {
		protocols.AnswerSample(port, told, slices.Clone(s))
	}
}

func samplerOf(names ...string) *protocoltest.Port {
	var peers sampler
	for _, name := range names {
		peers = append(peers, protocoltest.Peer(name))
	}
	return protocoltest.NewPort("a", protocols.Protocol{Name: "s", New: func() protocols.Handler { return peers }}, 1)
}

// A sample has as many peers as were asked for, or all if there are fewer. Each is
// there once, and all are equally likely.
func TestSample(t *testing.T) {
	p, drawn := samplerOf("b", "c", "d", "e"), map[messages.PeerID]int{}
	for _, c := range []struct{ asked, got int }{{-1, 0}, {0, 0}, {2, 2}, {4, 4}, {1 << 30, 4}} {
		for range 400 {
			p.Emitted = nil
			p.Deliver(messages.Told{Event: messages.SampleRequest{N: c.asked}})
			peers := p.Emitted[0].(messages.Sample).Peers
			if len(peers) != c.got || len(slices.Compact(slices.SortedFunc(slices.Values(peers), messages.PeerID.Compare))) != c.got {
				t.Fatalf("asked for %d of 4, got %v", c.asked, peers)
			}
			if c.asked == 2 {
				drawn[peers[0]]++
			}
		}
	}
	for peer, times := range drawn {
		if len(drawn) != 4 || times < 60 || times > 140 {
			t.Errorf("%s came first %d times of 400", protocoltest.Name(peer), times)
		}
	}
	p.Emitted = nil
	p.Deliver(messages.Told{Event: "something else"}, messages.Told{From: "t", Event: messages.SampleRequest{N: 1}})
	if len(p.Emitted) != 0 {
		t.Errorf("emitted %v", p.Emitted)
	}
}

// The longest time of a configuration can be spread, and stays near its value.
func TestSpread(t *testing.T) {
	p := samplerOf()
	for range 1000 {
		if d := protocols.Spread(p, protocols.MaxWait, 0.1); d < protocols.MaxWait*9/10-time.Second || d > protocols.MaxWait*11/10+time.Second {
			t.Fatalf("spread to %v", d)
		}
	}
}

// Peers lists each peer of some arcs once.
func TestPeers(t *testing.T) {
	var a protocols.Arcs
	b, c := protocoltest.Peer("b"), protocoltest.Peer("c")
	a.Set(protocols.Arc{Peer: c, Count: 2})
	a.Set(protocols.Arc{Peer: b, Count: 1})
	if got := a.Peers(); !slices.Equal(got, slices.SortedFunc(slices.Values([]messages.PeerID{b, c}), messages.PeerID.Compare)) {
		t.Errorf("%v", got)
	}
}
