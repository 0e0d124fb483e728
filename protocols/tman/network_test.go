//go:build !js

package tman_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

const name = "tman"

// hasty exchanges so often that much is under way all the time.
func hasty(c *tman.Config) {
	c.View, c.Period, c.Deadline, c.TTL, c.Forget = 2, 2*time.Second, time.Second, 20*time.Second, 4*time.Second
}

func grow(n *protocoltest.Network, from, to int, change func(*tman.Config)) {
	config := spray.DefaultConfig()
	config.Period = 2 * time.Second
	sampling, err := spray.New(config)
	if err != nil {
		panic(err)
	}
	for i := from; i < to; i++ {
		n.Add(peer(i), protocol(change), sampling)
		n.Run(300 * time.Millisecond)
	}
}

// missing counts the arcs of the ring of living peers that are missing, and the arcs
// that do not belong to it.
func missing(n *protocoltest.Network, change func(*tman.Config)) (lacking, more int) {
	config := tman.DefaultConfig()
	change(&config)
	peers := n.Peers()
	all := make([]tman.Descriptor, len(peers))
	for i, p := range peers {
		all[i].Peer = p
	}
	target := config.Target(all)
	for i, p := range peers {
		out := n.View(p, name).Out
		wanted := target(i)
		for _, w := range wanted {
			if out.Count(w) == 0 {
				lacking++
			}
		}
		more += max(0, out.Len()-len(wanted))
	}
	return lacking, more
}

// bounded fails if a view exceeds its bound or has the peer itself or a duplicate.
func bounded(t rapid.TB, n *protocoltest.Network, view int) {
	t.Helper()
	if err := n.Check(name, false); err != nil {
		t.Fatalf("%v", err)
	}
	for _, p := range n.Peers() {
		out := n.View(p, name).Out
		if out.Len() > 2*view {
			t.Fatalf("%s holds %d arcs, at most %d are allowed", protocoltest.Name(p), out.Len(), 2*view)
		}
		if out.Len() != out.Distinct() {
			t.Fatalf("%s holds an arc twice", protocoltest.Name(p))
		}
	}
}

// However peers enter, crash and leave, and whatever fails, views stay within bounds
// at every instant. Afterwards they become the ring of the living peers.
func TestViewsAreBoundedAndBecomeTheRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		failing, i := rapid.IntRange(0, 4).Draw(t, "failing"), 0
		n.Fault = func(messages.Op, messages.PeerID, messages.PeerID) error {
			if i++; failing > 0 && i%(10-failing) == 0 {
				return []error{messages.ErrTimeout, messages.ErrFull, messages.ErrNotNeighbor}[i%3]
			}
			return nil
		}
		size := rapid.IntRange(3, 24).Draw(t, "peers")
		grow(n, 0, size, hasty)
		for range rapid.IntRange(0, size/3).Draw(t, "ends") {
			gone := rapid.SampledFrom(n.Peers()).Draw(t, "who")
			if rapid.Bool().Draw(t, "crashes") {
				n.Crash(gone)
			} else {
				n.Leave(gone)
			}
			for range 20 {
				n.Run(50 * time.Millisecond)
				bounded(t, n, 2)
			}
		}
		failing = 0
		n.Run(5 * time.Second)
		for range 1200 {
			n.Run(100 * time.Millisecond)
			bounded(t, n, 2)
			if lacking, _ := missing(n, hasty); lacking == 0 {
				break
			}
		}
		if n.Components("spray") > 1 {
			return // a peer that is cut off from the rest is not found
		}
		if lacking, _ := missing(n, hasty); lacking > 0 {
			t.Fatalf("%d arcs of the ring of %d peers are missing", lacking, len(n.Peers()))
		}
		n.Settle()
		if err := n.Check(name, true); err != nil {
			t.Fatalf("%v", err)
		}
	})
}

// At rest, a peer has only the arcs of the target and the arc to the period's
// partner.
func TestArcsDoNotLeak(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	grow(n, 0, 40, hasty)
	n.Run(2 * time.Minute)
	for range 20 {
		n.Run(time.Second)
		lacking, more := missing(n, hasty)
		if lacking > 0 || more > 40 {
			t.Fatalf("%d arcs are missing and %d too many", lacking, more)
		}
	}
	if n.Metrics["tman.exchanges"] < 40*50 {
		t.Fatalf("little was exchanged: %v", n.Metrics)
	}
}

// Without the sampling protocol, peers do not meet, and nothing breaks.
func TestAloneWithoutSampling(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	list := []protocols.Protocol{protocol(hasty)}
	n.Add(peer(0), list...)
	n.Add(peer(1), list...)
	n.Run(time.Minute)
	if n.Arcs(name) != 0 {
		t.Fatalf("%d arcs", n.Arcs(name))
	}
}
