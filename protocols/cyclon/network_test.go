//go:build !js

package cyclon_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

const name = "cyclon"

func protocol(change func(*cyclon.Config)) protocols.Protocol {
	config := cyclon.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := cyclon.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

func peer(i int) messages.PeerID { return protocoltest.Peer(fmt.Sprintf("p%06d", i)) }

// grow adds peers one after the other.
func grow(n *protocoltest.Network, from, to int, p protocols.Protocol) {
	for i := from; i < to; i++ {
		n.Add(peer(i), p)
		n.Run(200 * time.Millisecond)
	}
	n.Run(12 * time.Second)
}

// bounded fails unless every view keeps its bound and has neither a duplicate nor the
// peer itself. slack is the number of arcs that may be waiting to be closed.
func bounded(t rapid.TB, n *protocoltest.Network, view, slack int) {
	t.Helper()
	if err := protocoltest.Holds(n, name, protocoltest.Outviews(0, view+slack), protocoltest.NoDuplicates, protocoltest.NoSelf); err != nil {
		t.Fatalf("at %v: %v", n.Now(), err)
	}
}

// sound fails unless a settled network keeps the rules of arcs.
func sound(t rapid.TB, n *protocoltest.Network, view int) {
	t.Helper()
	n.Settle()
	bounded(t, n, view, 0)
	if err := n.Check(name, true); err != nil {
		t.Fatalf("%v", err)
	}
	if drift := n.Metrics["cyclon.drift"]; drift != 0 {
		t.Fatalf("entries and arcs have drifted apart %v times", drift)
	}
}

// hurried shuffles so often that exchanges overlap all the time.
func hurried(t *rapid.T) func(*cyclon.Config) {
	view := rapid.IntRange(1, 12).Draw(t, "view")
	shuffle := rapid.IntRange(1, view).Draw(t, "shuffle")
	return func(c *cyclon.Config) { c.View, c.Shuffle, c.Period = view, shuffle, 500*time.Millisecond }
}

func config(change func(*cyclon.Config)) cyclon.Config {
	c := cyclon.DefaultConfig()
	change(&c)
	return c
}

// However exchanges overlap, the views keep their bound at any instant. Full views stay
// full.
func TestShufflesKeepViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		size := rapid.IntRange(2, 40).Draw(t, "peers")
		change := hurried(t)
		view := config(change).View
		grow(n, 0, size, protocol(change))
		n.Run(20 * time.Second)
		sound(t, n, view)
		arcs := n.Arcs(name)
		for range 100 {
			n.Run(10 * time.Millisecond)
			// An arc is closed one turn after the handler was told of the arc that
			// replaces it.
			bounded(t, n, view, config(change).Shuffle+1)
			if err := n.Check(name, false); err != nil {
				t.Fatalf("%v", err)
			}
		}
		sound(t, n, view)
		if now := n.Arcs(name); now < arcs {
			t.Fatalf("%d arcs, were %d", now, arcs)
		}
		if view >= 4 {
			if c := n.Components(name); c != 1 {
				t.Fatalf("in %d pieces", c)
			}
		}
		if n.Metrics["cyclon.shuffles"] == 0 {
			t.Fatalf("nothing was shuffled: %v", n.Metrics)
		}
	})
}

// In a room of at most View+1 peers, every peer gets an arc to each other one.
func TestSmallRoomsAreComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		size := rapid.IntRange(2, 13).Draw(t, "peers")
		grow(n, 0, size, protocol(func(c *cyclon.Config) { c.View, c.Period = 12, time.Second }))
		n.Run(3 * time.Minute)
		sound(t, n, 12)
		if arcs := n.Arcs(name); arcs != size*(size-1) {
			t.Fatalf("%d arcs of %d", arcs, size*(size-1))
		}
	})
}

// The rendezvous is used for the first arc of a peer, and for nothing else.
func TestEntriesComeThroughNeighbours(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	grow(n, 0, 100, protocol(nil))
	n.Run(10 * time.Minute)
	sound(t, n, 20)
	if dials := n.Metrics["rendezvous_dials"]; dials != 99 {
		t.Errorf("%v dials through the rendezvous for 99 joins", dials)
	}
	if arcs := n.Arcs(name); arcs != 2000 {
		t.Errorf("%d arcs, want 100 views of 20", arcs)
	}
}

// A newcomer gets about as many arcs in as out, from all over the network. In a random
// network, walks fill its view at once.
func TestJoinByWalks(t *testing.T) {
	n := protocoltest.NewNetwork(3)
	p := protocol(func(c *cyclon.Config) { c.View, c.Shuffle, c.Period = 10, 5, 2*time.Second })
	grow(n, 0, 200, p)
	n.Run(time.Minute)
	slow := protocol(func(c *cyclon.Config) { c.View, c.Shuffle, c.Period = 10, 5, time.Hour })
	n.Add(peer(1000), slow)
	n.Run(2500 * time.Millisecond)
	view := n.View(peer(1000), name)
	t.Logf("the newcomer holds %d arcs, and %d are held to it", view.Out.Len(), view.In.Len())
	if view.Out.Len() < 7 || view.In.Len() < 7 {
		t.Errorf("the newcomer holds %d arcs, and %d are held to it, want about 10", view.Out.Len(), view.In.Len())
	}
	sound(t, n, 10)
}

// In-degrees are centred on the view's size, and are closer to it than in a random
// graph.
func TestInDegreesAreBalanced(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	const size = 200
	grow(n, 0, size, protocol(func(c *cyclon.Config) { c.View, c.Shuffle, c.Period = 10, 5, time.Minute }))
	n.Run(30 * time.Minute)
	sound(t, n, 10)
	sum, squares := 0.0, 0.0
	for _, p := range n.Peers() {
		in := float64(n.View(p, name).In.Len())
		sum += in
		squares += in * in
	}
	mean := sum / size
	deviation := math.Sqrt(squares/size - mean*mean)
	t.Logf("in-degree %.2f, standard deviation %.2f", mean, deviation)
	if mean < 9.9 || deviation > 0.9*math.Sqrt(mean) {
		t.Errorf("in-degree %.2f, standard deviation %.2f, of a random graph %.2f", mean, deviation, math.Sqrt(mean))
	}
}

// Opens that fail leave the views as large as they were, and delay nothing.
func TestFailingOpensKeepViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		rate := rapid.Float64Range(0, 1).Draw(t, "failures")
		n, r := protocoltest.NewNetwork(seed), rand.New(rand.NewPCG(seed, 9))
		codes := []messages.Code{messages.ErrTimeout, messages.ErrRefused, messages.ErrFull, messages.ErrNotNeighbor}
		failing := false
		n.Fault = func(messages.Op, messages.PeerID, messages.PeerID) error {
			if failing && r.Float64() < rate {
				return codes[r.IntN(len(codes))]
			}
			return nil
		}
		change := hurried(t)
		grow(n, 0, rapid.IntRange(2, 25).Draw(t, "peers"), protocol(change))
		n.Settle()
		arcs := n.Arcs(name)
		failing = true
		n.Run(20 * time.Second)
		sound(t, n, config(change).View)
		if now := n.Arcs(name); now < arcs {
			t.Fatalf("%d arcs, were %d", now, arcs)
		}
		failing = false
		before := n.Metrics["cyclon.shuffles"]
		n.Run(10 * time.Second)
		sound(t, n, config(change).View)
		if n.Metrics["cyclon.shuffles"] == before {
			t.Fatalf("no exchange ends any more: %v", n.Metrics)
		}
	})
}

// With random crashes, leaves, newcomers and silent peers, the bounds hold, no peer
// holds an arc to a dead one, and exchanges go on.
func TestChaos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		n, r := protocoltest.NewNetwork(seed), rand.New(rand.NewPCG(seed, 7))
		p := protocol(func(c *cyclon.Config) { c.View, c.Shuffle, c.Period, c.Deadline = 8, 4, 2*time.Second, 2*time.Second })
		grow(n, 0, 16, p)
		next, silent := 16, map[messages.PeerID]bool{}
		for range 25 {
			peers := n.Peers()
			if len(peers) == 0 { // the last ones went at the same time
				n.Add(peer(next), p)
				next++
				continue
			}
			one := peers[r.IntN(len(peers))]
			switch what := rapid.IntRange(0, 4).Draw(t, "what"); {
			case what == 0 && len(peers) > 1:
				n.Crash(one)
			case what == 1 && len(peers) > 1:
				n.Leave(one)
			case what == 2:
				if len(silent) < 3 {
					n.Silence(one)
					silent[one] = true
				}
			default:
				n.Add(peer(next), p)
				next++
			}
			n.Run(time.Duration(r.IntN(1500)) * time.Millisecond)
			bounded(t, n, 8, 5)
		}
		for p := range silent {
			n.Crash(p)
		}
		n.Run(30 * time.Second)
		before := n.Metrics["cyclon.shuffles"]
		n.Run(10 * time.Second)
		sound(t, n, 8)
		if len(n.Peers()) > 1 && n.Metrics["cyclon.shuffles"] == before {
			t.Fatalf("no exchange ends any more: %v", n.Metrics)
		}
		for _, p := range n.Peers() {
			for a := range n.View(p, name).Out.All() {
				if !alive(n, a.Peer) {
					t.Fatalf("%s holds an arc to %s, which is gone", protocoltest.Name(p), protocoltest.Name(a.Peer))
				}
			}
		}
	})
}

func alive(n *protocoltest.Network, peer messages.PeerID) bool {
	for _, p := range n.Peers() {
		if p == peer {
			return true
		}
	}
	return false
}

// After half of the peers crash at once, the rest stays in one piece, and the views fill
// again without the rendezvous.
func TestHalfCrashes(t *testing.T) {
	for seed := range uint64(2) {
		n := protocoltest.NewNetwork(seed)
		grow(n, 0, 200, protocol(nil))
		n.Run(5 * time.Minute)
		n.CloseRendezvous()
		peers := n.Peers()
		rand.New(rand.NewPCG(seed, 4)).Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
		for _, p := range peers[:100] {
			n.Crash(p)
		}
		n.Run(6 * time.Second)
		if pieces := n.Components(name); pieces != 1 {
			t.Errorf("seed %d: in %d pieces", seed, pieces)
		}
		n.Run(5 * time.Minute)
		sound(t, n, 20)
		if arcs := n.Arcs(name); arcs != 2000 {
			t.Errorf("seed %d: %d arcs, want 100 views of 20", seed, arcs)
		}
	}
}

// The holders of arcs to a peer that leaves replace it before it is gone.
func TestLeaveHandsArcsOver(t *testing.T) {
	n := protocoltest.NewNetwork(2)
	grow(n, 0, 60, protocol(func(c *cyclon.Config) { c.View, c.Period = 10, time.Hour; c.Shuffle = 5 }))
	n.Settle()
	before := n.Arcs(name)
	gone := peer(30)
	own := n.View(gone, name).Out.Len()
	n.Leave(gone)
	n.Run(4 * time.Second)
	sound(t, n, 10)
	if lost := n.Metrics["cyclon.arcs_lost"]; lost != 0 {
		t.Errorf("%v arcs were lost", lost)
	}
	if after := n.Arcs(name); after < before-2*own {
		t.Errorf("%d arcs, were %d, of which the leaver held %d", after, before, own)
	}
}
