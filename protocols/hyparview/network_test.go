//go:build !js

package hyparview_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

const name = "hyparview"

func config(change func(*hyparview.Config)) hyparview.Config {
	c := hyparview.DefaultConfig()
	if change != nil {
		change(&c)
	}
	return c
}

func protocol(change func(*hyparview.Config)) protocols.Protocol {
	p, err := hyparview.New(config(change))
	if err != nil {
		panic(err)
	}
	return p
}

func peer(i int) messages.PeerID { return protocoltest.Peer(fmt.Sprintf("p%05d", i)) }

// watched is a network that records the active views and samples.
type watched struct {
	*protocoltest.Network
	rapid.TB
	config  hyparview.Config
	active  map[messages.PeerID][]messages.PeerID
	samples map[messages.PeerID][]messages.PeerID
}

func watch(t rapid.TB, seed uint64, c hyparview.Config) *watched {
	w := &watched{
		Network: protocoltest.NewNetwork(seed), TB: t, config: c,
		active: map[messages.PeerID][]messages.PeerID{}, samples: map[messages.PeerID][]messages.PeerID{},
	}
	w.OnEmit = w.emitted
	return w
}

func (w *watched) emitted(at messages.PeerID, _ string, event any) {
	switch e := event.(type) {
	case hyparview.NeighborUp:
		if e.Peer == at || slices.Contains(w.active[at], e.Peer) {
			w.Fatalf("%s takes %s in, which it cannot", protocoltest.Name(at), protocoltest.Name(e.Peer))
		}
		w.active[at] = append(w.active[at], e.Peer)
		if len(w.active[at]) > w.config.Active {
			w.Fatalf("%s has %d in its active view", protocoltest.Name(at), len(w.active[at]))
		}
	case hyparview.NeighborDown:
		if !slices.Contains(w.active[at], e.Peer) {
			w.Fatalf("%s loses %s, which it did not have", protocoltest.Name(at), protocoltest.Name(e.Peer))
		}
		w.active[at] = slices.DeleteFunc(w.active[at], func(p messages.PeerID) bool { return p == e.Peer })
	case messages.Sample:
		w.samples[at] = e.Peers
	}
}

// grow adds peers one after the other.
func (w *watched) grow(from, to int, gap time.Duration) {
	p, err := hyparview.New(w.config)
	if err != nil {
		w.Fatalf("%v", err)
	}
	for i := from; i < to; i++ {
		w.Add(peer(i), p)
		w.Run(gap)
	}
}

// step checks what must hold at any moment.
func (w *watched) step() {
	w.Helper()
	if err := w.Check(name, false); err != nil {
		w.Fatalf("%v", err)
	}
	if err := protocoltest.Holds(w, name, protocoltest.NoDuplicates, protocoltest.NoSelf); err != nil {
		w.Fatalf("%v", err)
	}
}

// sound checks what must hold when nothing is under way. The active views are the
// outviews and the inviews, and are symmetric. The passive views have no peer in
// common with them.
func (w *watched) sound() {
	w.Helper()
	w.Settle()
	w.step()
	if err := w.Check(name, true); err != nil {
		w.Fatalf("%v", err)
	}
	if drift := w.Metrics[name+".drift"]; drift != 0 {
		w.Fatalf("state and views have drifted apart %v times", drift)
	}
	for _, p := range w.Peers() {
		w.Tell(p, name, messages.SampleRequest{N: 2000})
	}
	w.Settle()
	if err := protocoltest.Holds(w, name, protocoltest.Symmetric, protocoltest.Outviews(0, w.config.Active)); err != nil {
		w.Fatalf("%v", err)
	}
	for _, p := range w.Peers() {
		active := slices.Collect(w.View(p, name).Peers())
		known := slices.SortedFunc(slices.Values(w.active[p]), messages.PeerID.Compare)
		if !slices.Equal(active, known) {
			w.Fatalf("%s has arcs to %v, and %v in its active view", protocoltest.Name(p), active, known)
		}
		sample := slices.SortedFunc(slices.Values(w.samples[p]), messages.PeerID.Compare)
		if slices.Contains(sample, p) || len(slices.Compact(sample)) != len(w.samples[p]) {
			w.Fatalf("%s is in its own views, or one peer is in both: %v", protocoltest.Name(p), w.samples[p])
		}
		if passive := len(sample) - len(active); passive > w.config.Passive {
			w.Fatalf("%s has %d in its passive view", protocoltest.Name(p), passive)
		}
	}
}

// mean is the mean size of the active views.
func (w *watched) mean() float64 { return float64(w.Arcs(name)) / float64(len(w.Peers())) }

// However peers come, crash and leave, the views keep their rules at each step, and
// are symmetric whenever nothing is under way.
func TestViewsKeepTheirRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		c := config(func(c *hyparview.Config) {
			c.Active = rapid.IntRange(2, 7).Draw(t, "active")
			c.Passive = rapid.IntRange(1, 30).Draw(t, "passive")
			c.ARWL = rapid.IntRange(1, hyparview.MaxARWL).Draw(t, "arwl")
			c.PRWL = rapid.IntRange(0, c.ARWL).Draw(t, "prwl")
			c.ShuffleActive = rapid.IntRange(0, c.Active).Draw(t, "ka")
			c.ShufflePassive = rapid.IntRange(0, c.Passive).Draw(t, "kp")
			c.ShuffleTTL = rapid.IntRange(1, hyparview.MaxShuffleTTL).Draw(t, "ttl")
			c.Period = time.Duration(rapid.IntRange(1500, 10_000).Draw(t, "period")) * time.Millisecond
		})
		w, r := watch(t, seed, c), rand.New(rand.NewPCG(seed, 9))
		w.Fault = func(messages.Op, messages.PeerID, messages.PeerID) error {
			if r.IntN(20) == 0 {
				return messages.ErrRefused
			}
			return nil
		}
		next := rapid.IntRange(2, 30).Draw(t, "peers")
		w.grow(0, next, time.Duration(r.IntN(300))*time.Millisecond)
		w.sound()
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			peers := w.Peers()
			if len(peers) == 0 { // the last ones went at the same time
				w.grow(next, next+1, 0)
				next++
				continue
			}
			victim := peers[r.IntN(len(peers))]
			switch change := r.IntN(4); {
			case change == 0 || len(peers) < 4:
				w.grow(next, next+1, 0)
				next++
			case change == 1:
				w.Crash(victim)
			default:
				w.Leave(victim)
			}
			for range r.IntN(30) {
				w.Run(50 * time.Millisecond)
				w.step()
			}
		}
		w.Run(30 * time.Second)
		w.Fault = nil
		w.sound()
		before := w.Metrics[name+".shuffles"]
		w.Run(8 * c.Period)
		w.sound()
		if rounds := (w.Metrics[name+".shuffles"] - before) / float64(len(w.Peers())); len(w.Peers()) > 2 && rounds < 4 {
			t.Fatalf("%.1f shuffles a peer in 8 periods", rounds)
		}
		for _, p := range w.Peers() {
			if len(w.Peers()) > 1 && len(w.active[p]) == 0 {
				t.Fatalf("%s has no neighbour", protocoltest.Name(p))
			}
		}
	})
}

// together returns the network a minute after peers have entered at the same time.
func together(t rapid.TB, seed uint64, c hyparview.Config, peers, gap int) *watched {
	w := watch(t, seed, c)
	w.grow(0, peers, time.Duration(gap)*time.Millisecond)
	w.Run(time.Minute)
	w.sound()
	return w
}

// piece returns the peers that can be reached from a peer, and the peer.
func (w *watched) piece(of messages.PeerID) []messages.PeerID {
	found := []messages.PeerID{of}
	for i := 0; i < len(found); i++ {
		for _, p := range w.active[found[i]] {
			if !slices.Contains(found, p) {
				found = append(found, p)
			}
		}
	}
	return found
}

// Peers that enter at the same time end in one piece.
func TestEnteringTogether(t *testing.T) {
	check := func(t rapid.TB, seed uint64, peers, gap int) {
		if pieces := together(t, seed, config(nil), peers, gap).Components(name); pieces != 1 {
			t.Fatalf("in %d pieces", pieces)
		}
	}
	// Two peers lose all neighbors but each other. The two peers that they know have
	// no room in any period.
	check(t, 4, 19, 100)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		check(t, seed, rapid.IntRange(2, 60).Draw(t, "peers"), rapid.IntRange(0, 100).Draw(t, "ms between two"))
	})
}

// However small the active views are, no group of at most so many peers stays apart.
func TestNoSmallGroupStaysApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		c := config(func(c *hyparview.Config) { c.Active = rapid.IntRange(2, 5).Draw(t, "active") })
		w := together(t, seed, c, rapid.IntRange(2, 40).Draw(t, "peers"), rapid.IntRange(0, 100).Draw(t, "ms between two"))
		for _, p := range w.Peers() {
			if group := len(w.piece(p)); group <= c.Active && group < len(w.Peers()) {
				t.Fatalf("%s is in a group of %d", protocoltest.Name(p), group)
			}
		}
	})
}

// A join costs one dial through the rendezvous, as long as there is room for all.
// The test has no refused requests, because every peer is linked to all peers that
// it knows.
func TestJoinGoesThroughNeighbors(t *testing.T) {
	w := watch(t, 1, config(func(c *hyparview.Config) { c.Active, c.Period = 20, time.Hour }))
	w.grow(0, 15, 5*time.Second)
	w.sound()
	if dials := w.Metrics["rendezvous_dials"]; dials != 14 {
		t.Errorf("%v dials through the rendezvous for 14 joins", dials)
	}
	if w.mean() < 4 || w.Components(name) != 1 {
		t.Errorf("%.1f neighbours each, in %d pieces", w.mean(), w.Components(name))
	}
}

// When half or four fifths of the peers go at once, the rest forms one network
// again.
func TestCrashOfMany(t *testing.T) {
	for _, crashed := range []float64{0.5, 0.8} {
		for seed := range uint64(2) {
			w := watch(t, seed, config(nil))
			w.grow(0, 200, 300*time.Millisecond)
			w.Run(2 * time.Minute)
			w.sound()
			if w.mean() < 4.9 {
				t.Errorf("seed %d: %.2f neighbours each", seed, w.mean())
			}
			r := rand.New(rand.NewPCG(seed, 9))
			for _, i := range r.Perm(200)[:int(200*crashed)] {
				w.Crash(peer(i))
			}
			w.Run(2 * time.Minute)
			w.sound()
			t.Logf("seed %d, %v crashed: %.2f neighbours each, in %d pieces", seed, crashed, w.mean(), w.Components(name))
			if w.Components(name) != 1 || w.mean() < 4.5 {
				t.Errorf("seed %d, %v crashed: %.2f neighbours each, in %d pieces", seed, crashed, w.mean(), w.Components(name))
			}
		}
	}
}

// Without the rendezvous, the routes that came with the passive views lead to new
// neighbours.
func TestRepairThroughNeighborsAlone(t *testing.T) {
	w := watch(t, 1, config(nil))
	w.grow(0, 100, 300*time.Millisecond)
	w.Run(2 * time.Minute)
	w.CloseRendezvous()
	for i := range 30 {
		w.Crash(peer(3 * i))
	}
	before := w.Metrics["rendezvous_dials"]
	w.Run(5 * time.Minute)
	w.sound()
	t.Logf("%.2f neighbours each, in %d pieces", w.mean(), w.Components(name))
	if w.Components(name) != 1 || w.mean() < 4.5 || w.Metrics["rendezvous_dials"] != before {
		t.Errorf("%.2f neighbours each, in %d pieces", w.mean(), w.Components(name))
	}
}

// A peer that leaves joins its neighbours to each other.
func TestLeaversAreReplaced(t *testing.T) {
	w := watch(t, 1, config(func(c *hyparview.Config) { c.Period = time.Hour }))
	w.grow(0, 100, 300*time.Millisecond)
	w.CloseRendezvous()
	before := w.mean()
	for i := range 50 {
		w.Leave(peer(2 * i))
		w.Run(2500 * time.Millisecond)
	}
	w.sound()
	t.Logf("%.2f neighbours each, before %.2f, in %d pieces", w.mean(), before, w.Components(name))
	if w.Components(name) != 1 || w.mean() < before-1 {
		t.Errorf("%.2f neighbours each, before %.2f, in %d pieces", w.mean(), before, w.Components(name))
	}
}

// Peers that do not answer keep no other peer from entering, and no cycle from
// ending.
func TestSilentPeersAreGivenUp(t *testing.T) {
	w := watch(t, 1, config(func(c *hyparview.Config) { c.Period = time.Second }))
	w.grow(0, 40, 300*time.Millisecond)
	for i := range 5 {
		w.Silence(peer(i))
	}
	w.grow(40, 50, 300*time.Millisecond)
	w.Run(2 * time.Minute)
	before := w.Metrics[name+".shuffles"]
	w.Run(time.Minute)
	if got := (w.Metrics[name+".shuffles"] - before) / 45; got < 15 {
		t.Errorf("%v shuffles of a peer that is well, in 60 periods", got)
	}
	for i := 5; i < 50; i++ {
		if len(w.active[peer(i)]) < 2 {
			t.Errorf("peer %d has %d neighbours", i, len(w.active[peer(i)]))
		}
	}
}

// The same seed gives the same run.
func TestDeterminism(t *testing.T) {
	run := func() (views []string) {
		w := watch(t, 7, config(nil))
		w.grow(0, 30, 300*time.Millisecond)
		w.Crash(peer(3))
		w.Run(time.Minute)
		for _, p := range w.Peers() {
			views = append(views, fmt.Sprint(w.View(p, name)))
		}
		return append(views, fmt.Sprint(w.Metrics))
	}
	if a, b := fmt.Sprint(run()), fmt.Sprint(run()); a != b {
		t.Errorf("two runs differ:\n%s\n%s", a, b)
	}
}
