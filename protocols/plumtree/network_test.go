//go:build !js

package plumtree_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

func peer(i int) messages.PeerID { return protocoltest.Peer(fmt.Sprintf("p%05d", i)) }

// forest is a network in which Plumtree runs along the links of HyParView. It
// records which links are eager.
type forest struct {
	*protocoltest.Network
	rapid.TB
	rand  *rand.Rand
	eager map[messages.PeerID]map[messages.PeerID]bool
	got   map[string]int // deliveries of a payload
}

func grow(t rapid.TB, seed uint64, size int, broadcasting protocols.Protocol) *forest {
	overlay, err := hyparview.New(hyparview.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	f := &forest{
		Network: protocoltest.NewNetwork(seed), TB: t, rand: rand.New(rand.NewPCG(seed, 9)),
		eager: map[messages.PeerID]map[messages.PeerID]bool{}, got: map[string]int{},
	}
	f.OnEmit = func(at messages.PeerID, _ string, event any) {
		switch e := event.(type) {
		case messages.Delivered:
			f.got[string(e.Payload)]++
		case plumtree.TreeChanged:
			if f.eager[at] == nil {
				f.eager[at] = map[messages.PeerID]bool{}
			}
			f.eager[at][e.Peer] = e.Eager
		}
	}
	for i := range size {
		f.Add(peer(i), overlay, broadcasting)
		f.Run(300 * time.Millisecond)
	}
	f.Run(time.Minute)
	return f
}

// publish lets a peer broadcast. It returns how many peers got the message, and how
// many messages with a payload that took.
func (f *forest) publish(from messages.PeerID, what string) (got, sent int) {
	before := f.Metrics["plumtree.forwarded"] + f.Metrics["plumtree.repaired"]
	f.Tell(from, "plumtree", messages.Publish{Payload: []byte(what)})
	f.Run(5 * time.Second)
	return f.got[what], int(f.Metrics["plumtree.forwarded"] + f.Metrics["plumtree.repaired"] - before)
}

func (f *forest) any() messages.PeerID {
	peers := f.Peers()
	return peers[f.rand.IntN(len(peers))]
}

// tree fails unless the eager links are the same at both ends, join all peers and
// have no circle.
func (f *forest) tree() {
	f.Helper()
	links := 0
	root := map[messages.PeerID]messages.PeerID{}
	find := func(p messages.PeerID) messages.PeerID {
		for root[p] != (messages.PeerID{}) {
			p = root[p]
		}
		return p
	}
	for _, p := range f.Peers() {
		for q := range f.View(p, "hyparview").Peers() {
			if f.eager[p][q] != f.eager[q][p] {
				f.Fatalf("the link of %s and %s is eager at one end only", protocoltest.Name(p), protocoltest.Name(q))
			}
			if !f.eager[p][q] || q.Less(p) {
				continue
			}
			links++
			if a, b := find(p), find(q); a != b {
				root[a] = b
			}
		}
	}
	trees := 0
	for _, p := range f.Peers() {
		if find(p) == p {
			trees++
		}
	}
	if trees != 1 || links != len(f.Peers())-1 {
		f.Fatalf("%d eager links make %d trees of %d peers", links, trees, len(f.Peers()))
	}
}

// Once the links are stable, the eager ones are a spanning tree: a broadcast of any
// peer takes one message for each other peer. The same holds again after crashes.
func TestTreeSpansAndHeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 40).Draw(t, "peers")
		f := grow(t, rapid.Uint64().Draw(t, "seed"), size, protocol(nil))
		f.calm("before")
		for _, i := range f.rand.Perm(size)[:size/2] {
			f.Crash(peer(i))
		}
		f.Run(time.Minute)
		f.calm("after")
	})
}

// calm publishes until the links have been stable for a while, and then checks the
// tree.
func (f *forest) calm(phase string) {
	f.Helper()
	changes := func() float64 { return f.Metrics["hyparview.links"] + f.Metrics["hyparview.links_lost"] }
	for stretch := range 30 {
		before, n := changes(), len(f.Peers())
		for i := range 4 {
			if got, _ := f.publish(f.any(), fmt.Sprint(phase, stretch, "warm", i)); got != n {
				f.Fatalf("%s: %d of %d peers got message %d", phase, got, n, i)
			}
		}
		if changes() != before {
			continue
		}
		f.tree()
		got, sent := f.publish(f.any(), fmt.Sprint(phase, stretch))
		if changes() != before {
			continue
		}
		if got != n || sent != n-1 {
			f.Fatalf("%s: %d of %d peers got a message, by %d messages", phase, got, n, sent)
		}
		return
	}
	f.Fatalf("%s: the links never stay", phase)
}

// Messages that are under way while half of the peers crash reach all peers that
// stay joined.
func TestDeliveryThroughCrashes(t *testing.T) {
	for seed := range uint64(3) {
		f := grow(t, seed, 100, protocol(func(c *plumtree.Config) { c.Window = time.Minute }))
		f.publish(f.any(), "first")
		const published = 40
		for i := range published {
			f.Tell(peer(0), "plumtree", messages.Publish{Payload: fmt.Append(nil, i)})
			f.Crash(peer(1 + 2*i))
			f.Run(250 * time.Millisecond)
		}
		f.Run(time.Minute)
		for i := range published {
			if got := f.got[fmt.Sprint(i)]; got < 60 {
				t.Errorf("seed %d: %d of 60 peers got message %d", seed, got, i)
			}
		}
		t.Logf("seed %d: %v grafts, %v sent on demand, %v again", seed,
			f.Metrics["plumtree.grafts"], f.Metrics["plumtree.repaired"], f.Metrics["plumtree.duplicates"])
		if f.Metrics["plumtree.repaired"] == 0 {
			t.Errorf("seed %d: nobody was cut off: the test shows nothing", seed)
		}
	}
}

// Neighbours that do not answer delay messages for the others only a little.
func TestSilentPeers(t *testing.T) {
	f := grow(t, 1, 60, protocol(nil))
	f.publish(f.any(), "first")
	for i := range 6 {
		f.Silence(peer(10 * i))
	}
	for i := range 5 {
		what := fmt.Sprint(i)
		if got, _ := f.publish(peer(1+i), what); got != 54 {
			t.Errorf("%d of 54 peers that are well got message %d", got, i)
		}
	}
}

// The same seed gives the same run.
func TestDeterminism(t *testing.T) {
	run := func() string {
		f := grow(t, 7, 30, protocol(nil))
		for i := range 5 {
			f.publish(f.any(), fmt.Sprint(i))
		}
		return fmt.Sprint(f.Metrics, f.got)
	}
	if a, b := run(), run(); a != b {
		t.Errorf("two runs differ:\n%s\n%s", a, b)
	}
}
