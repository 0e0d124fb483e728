//go:build !js

package spray_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

const name = "spray"

func protocol(change func(*spray.Config)) protocols.Protocol {
	config := spray.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := spray.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

// hasty shuffles so often that exchanges overlap all the time.
func hasty(c *spray.Config) { c.Period = 500 * time.Millisecond }

func peer(i int) messages.PeerID { return protocoltest.Peer(fmt.Sprintf("p%05d", i)) }

// grow adds peers one after the other and lets the network settle after each.
func grow(n *protocoltest.Network, from, to int, p protocols.Protocol) {
	for i := from; i < to; i++ {
		n.Add(peer(i), p)
		n.Run(500 * time.Millisecond)
		n.Settle()
	}
}

// sound fails unless a settled network keeps the rules of arcs.
func sound(t rapid.TB, n *protocoltest.Network) {
	t.Helper()
	n.Settle()
	if err := protocoltest.Holds(n, name, protocoltest.NoSelf, protocoltest.Agree, protocoltest.Unlocked); err != nil {
		t.Fatalf("%v", err)
	}
	if drift := n.Metrics["spray.drift"]; drift != 0 {
		t.Fatalf("ages and views have drifted apart %v times", drift)
	}
}

// Shuffles only move arcs: however exchanges overlap, the number of arcs stays the
// same and no peer is cut off at any instant.
func TestShufflesKeepArcsAndPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		size := rapid.IntRange(2, 40).Draw(t, "peers")
		grow(n, 0, size, protocol(hasty))
		sound(t, n)
		arcs := n.Arcs(name)
		noneLost := func(protocoltest.Overlay, string) error {
			if now := n.Arcs(name); now < arcs {
				return fmt.Errorf("%d arcs, were %d: one was closed before it was replaced", now, arcs)
			}
			return nil
		}
		protocoltest.Always(t, n, 2*time.Second, 10*time.Millisecond, name, protocoltest.NoSelf, protocoltest.Connected, noneLost)
		sound(t, n)
		if now := n.Arcs(name); now != arcs {
			t.Fatalf("%d arcs, were %d", now, arcs)
		}
		if n.Metrics["spray.arcs_moved"] == 0 || n.Metrics["spray.shuffles"] == 0 {
			t.Fatalf("nothing was shuffled: %v", n.Metrics)
		}
	})
}

// A join adds an arc to the contact and one for each arc of the contact's view.
func TestJoinAddsArcs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		size := rapid.IntRange(1, 30).Draw(t, "peers")
		slow := protocol(func(c *spray.Config) { c.Period = 1000 * time.Hour })
		contact := messages.PeerID{}
		n.OnEmit = func(_ messages.PeerID, _ string, event any) {
			if e, ok := event.(spray.Joined); ok {
				contact = e.Contact
			}
		}
		grow(n, 0, size, slow)
		before, views := n.Arcs(name), map[messages.PeerID]int{}
		for _, p := range n.Peers() {
			views[p] = n.View(p, name).Out.Len()
		}
		grow(n, size, size+1, slow)
		sound(t, n)
		if got, want := n.Arcs(name)-before, 1+max(1, views[contact]); got != want {
			t.Fatalf("a join through a view of %d added %d arcs, want %d", views[contact], got, want)
		}
		if dials := n.Metrics["rendezvous_dials"]; dials != float64(size) {
			t.Fatalf("%v dials through the rendezvous for %d joins", dials, size)
		}
	})
}

// Views follow a·ln N + b.
func TestViewsFollowTheSizeOfTheNetwork(t *testing.T) {
	for _, c := range []struct {
		peers int
		a, b  float64
	}{{100, 1, 0}, {400, 1, 0}, {200, 2, 0}, {200, 1.5, 0}, {200, 1, 3}} {
		sum := 0.0
		const seeds = 2
		for seed := range uint64(seeds) {
			n := protocoltest.NewNetwork(seed)
			p := protocol(func(config *spray.Config) { config.A, config.B = c.a, c.b })
			grow(n, 0, c.peers, p)
			n.Run(5 * time.Minute)
			sound(t, n)
			if pieces := n.Components(name); pieces != 1 {
				t.Errorf("seed %d: in %d pieces", seed, pieces)
			}
			sum += float64(n.Arcs(name)) / float64(c.peers)
		}
		want, got := c.a*math.Log(float64(c.peers))+c.b, sum/seeds
		t.Logf("%d peers, a=%v b=%v: mean view %.2f, a·ln N + b = %.2f", c.peers, c.a, c.b, got, want)
		if got < want*0.75 || got > want*1.35 {
			t.Errorf("%d peers, a=%v b=%v: mean view %.2f, want about %.2f", c.peers, c.a, c.b, got, want)
		}
	}
}

// View sizes are centred on their mean. Shuffling brings their deviation down to at
// most half a cycle's.
func TestViewSizesAreBalanced(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	grow(n, 0, 300, protocol(func(c *spray.Config) { c.Period = time.Hour }))
	deviation := func() float64 {
		mean, sum := float64(n.Arcs(name))/300, 0.0
		for _, p := range n.Peers() {
			sum += math.Pow(float64(n.View(p, name).Out.Len())-mean, 2)
		}
		return math.Sqrt(sum / 300)
	}
	before := deviation()
	n.Run(10 * time.Hour)
	sound(t, n)
	t.Logf("standard deviation %.2f, was %.2f", deviation(), before)
	if after := deviation(); after > 1.2 || after > before/2 {
		t.Errorf("standard deviation %.2f, was %.2f", after, before)
	}
}

// Introductions that fail leave the arcs where they were, and delay nothing.
func TestFailingIntroductionsKeepArcs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		rate := rapid.Float64Range(0, 1).Draw(t, "failures")
		n, r := protocoltest.NewNetwork(seed), rand.New(rand.NewPCG(seed, 9))
		codes := []messages.Code{messages.ErrTimeout, messages.ErrRefused, messages.ErrFull, messages.ErrNotNeighbor}
		failing := false
		n.Fault = func(op messages.Op, _, _ messages.PeerID) error {
			if failing && op != messages.OpOpen && r.Float64() < rate {
				return codes[r.IntN(len(codes))]
			}
			return nil
		}
		grow(n, 0, rapid.IntRange(2, 25).Draw(t, "peers"), protocol(hasty))
		n.Settle()
		arcs := n.Arcs(name)
		failing = true
		n.Run(10 * time.Second)
		sound(t, n)
		if now := n.Arcs(name); now != arcs {
			t.Fatalf("%d arcs, were %d", now, arcs)
		}
		failing = false
		before := n.Metrics["spray.shuffles"]
		n.Run(10 * time.Second)
		sound(t, n)
		if n.Metrics["spray.shuffles"] == before {
			t.Fatalf("no exchange ends any more: %v", n.Metrics)
		}
	})
}

// After random crashes, leaves, silent peers and refusals, nothing is deadlocked,
// no arc stays locked, and there are about as many arcs as the paper says.
func TestChurnEndsInAWorkingNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		n, r := protocoltest.NewNetwork(seed), rand.New(rand.NewPCG(seed, 9))
		n.Fault = func(messages.Op, messages.PeerID, messages.PeerID) error {
			if r.IntN(20) == 0 {
				return messages.ErrRefused
			}
			return nil
		}
		p := protocol(func(c *spray.Config) { c.Period = 2 * time.Second })
		next := rapid.IntRange(8, 25).Draw(t, "peers")
		grow(n, 0, next, p)
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			peers := n.Peers()
			if len(peers) == 0 { // the last ones went at the same time
				n.Add(peer(next), p)
				next++
				continue
			}
			victim := peers[r.IntN(len(peers))]
			switch change := r.IntN(4); {
			case change == 0 || len(peers) < 6:
				n.Add(peer(next), p)
				next++
			case change == 1:
				n.Crash(victim)
			default:
				n.Leave(victim)
			}
			n.Run(time.Duration(r.IntN(3000)) * time.Millisecond)
		}
		n.Run(time.Minute)
		n.Fault = nil
		n.Run(30 * time.Second)
		sound(t, n)
		before := n.Metrics["spray.shuffles"]
		n.Run(time.Minute)
		sound(t, n)
		if rounds := (n.Metrics["spray.shuffles"] - before) / float64(len(n.Peers())); rounds < 5 {
			t.Fatalf("%.1f exchanges a peer in 30 periods", rounds)
		}
		for _, p := range n.Peers() {
			if len(n.Peers()) > 1 && n.View(p, name).Out.Len()+n.View(p, name).In.Len() == 0 {
				t.Fatalf("%s has no neighbour", protocoltest.Name(p))
			}
		}
	})
}

// Peers that enter at the same time end in one piece.
func TestEnteringTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		size := rapid.IntRange(2, 60).Draw(t, "peers")
		gap := rapid.IntRange(0, 100).Draw(t, "ms between two")
		for i := range size {
			n.Add(peer(i), protocol(nil))
			n.Run(time.Duration(gap) * time.Millisecond)
		}
		n.Run(10 * time.Second)
		sound(t, n)
		if pieces := n.Components(name); pieces != 1 {
			t.Fatalf("in %d pieces", pieces)
		}
	})
}

// When half of the peers go at once, the rest stays in one piece, with the arcs
// that the paper's probability leaves.
func TestCrashOfHalf(t *testing.T) {
	for seed := range uint64(5) {
		n := protocoltest.NewNetwork(seed)
		grow(n, 0, 200, protocol(nil))
		n.Run(5 * time.Minute)
		n.Settle()
		before := float64(n.Arcs(name))
		for i := range 100 {
			n.Crash(peer(2 * i))
		}
		n.Run(10 * time.Minute)
		sound(t, n)
		after := float64(n.Arcs(name))
		// Each departure removes 1 + mean view arcs, as many as a join adds.
		want := before * 100 * math.Log(100) / (200 * math.Log(200))
		t.Logf("seed %d: %v arcs, then %v, want about %.0f, %d pieces", seed, before, after, want, n.Components(name))
		if n.Components(name) != 1 || after < want*0.7 || after > want*1.4 {
			t.Errorf("seed %d: %v arcs, want about %.0f, %d pieces", seed, after, want, n.Components(name))
		}
	}
}

// A peer takes partners that never answer for down, and goes on.
func TestSilentPeersAreGivenUp(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	grow(n, 0, 40, protocol(hasty))
	for i := range 5 {
		n.Silence(peer(i))
	}
	n.Run(5 * time.Minute)
	n.Settle()
	before := n.Metrics["spray.shuffles"]
	n.Run(time.Minute)
	if got := n.Metrics["spray.shuffles"] - before; got < 35*60 {
		t.Errorf("%v exchanges in a minute of 35 peers that are well", got)
	}
	for i := 5; i < 40; i++ {
		for a := range n.View(peer(i), name).Out.All() {
			if a.Peer.Less(peer(5)) && a.Locks > 0 {
				t.Errorf("%v locks an arc to the silent %v", protocoltest.Name(peer(i)), protocoltest.Name(a.Peer))
			}
		}
	}
}

// The same seed gives the same run.
func TestDeterminism(t *testing.T) {
	run := func() (views []string) {
		n := protocoltest.NewNetwork(7)
		grow(n, 0, 30, protocol(hasty))
		n.Crash(peer(3))
		n.Run(20 * time.Second)
		for _, p := range n.Peers() {
			views = append(views, fmt.Sprint(n.View(p, name)))
		}
		return append(views, fmt.Sprint(n.Metrics))
	}
	if a, b := fmt.Sprint(run()), fmt.Sprint(run()); a != b {
		t.Errorf("two runs differ:\n%s\n%s", a, b)
	}
}
