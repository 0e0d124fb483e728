package pushsum_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/sim/simtest"
)

func near(a, b, relative float64) bool {
	return math.Abs(a-b) <= relative*max(math.Abs(a), math.Abs(b), 1e-9)
}

// Within an epoch, what all hold together is the sum of their inputs and the
// number of peers: whatever the inputs, while arcs move, and when a peer leaves to
// whom nothing is on its way.
func TestMassIsConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		var sum, weight, mass float64
		n.OnEmit = func(_ messages.PeerID, _ string, event any) {
			if e, ok := event.(pushsum.Estimate); ok && !e.Final {
				sum += e.Sum
				weight += e.Weight
			}
		}
		conserved := func(peers int) protocoltest.Property {
			return func(protocoltest.Overlay, string) error {
				n.Settle()
				sum, weight = 0, 0
				for _, p := range n.Peers() {
					n.Tell(p, "pushsum", pushsum.Ask{})
				}
				n.Settle()
				if !near(weight, float64(peers), 1e-9) || !near(sum, mass, 1e-9) {
					return fmt.Errorf("all hold %v of %v, with a weight of %v for %d peers", sum, mass, weight, peers)
				}
				return nil
			}
		}
		size := rapid.IntRange(2, 12).Draw(t, "peers")
		for i := range size {
			input := rapid.Float64Range(0, 100).Draw(t, "input")
			mass += input
			n.Add(protocoltest.Peer(fmt.Sprintf("p%02d", i)), overlay(time.Second), protocol(input))
			n.Run(2 * time.Second)
		}
		n.Run(protocoltest.Epoch.Add(pushsum.DefaultConfig().Epoch() + 2*time.Second).Sub(n.Now())) // all are in one epoch
		protocoltest.Always(t, n, 5*time.Second, 500*time.Millisecond, "spray", protocoltest.NoSelf, conserved(size))
		n.Leave(n.Peers()[rapid.IntRange(0, size-1).Draw(t, "leaves")])
		n.Settle()
		protocoltest.Always(t, n, 5*time.Second, 500*time.Millisecond, "spray", protocoltest.NoSelf, conserved(size))
	})
}

// A hundred real peers in the simulated world: at the end of an epoch, everybody
// knows the average of all to a thousandth, also after some have crashed.
func TestAHundredPeersAgreeOnTheAverage(t *testing.T) {
	w := simtest.New(t, simtest.LAN(1), 100, overlay(30*time.Second), protocol(0))
	sum := 0.0
	for i := range 100 {
		w.Tell(w.ID(i), "pushsum", pushsum.Set{Input: float64(i)})
		sum += float64(i)
	}
	check := func(average float64) {
		t.Helper()
		worst := 0.0
		for _, p := range w.Peers() {
			last, ok := pushsum.Estimate{}, false
			for _, event := range w.Emitted(p, "pushsum") {
				if e := event.(pushsum.Estimate); e.Final {
					last, ok = e, true
				}
			}
			if !ok {
				t.Fatalf("%s has no estimate", p)
			}
			worst = max(worst, math.Abs(last.Average()-average)/average)
		}
		t.Logf("the average is %v, the largest error %.2g of it", average, worst)
		if worst > 1e-3 {
			t.Errorf("somebody is off by %v of the average", worst)
		}
	}
	w.Run(3 * time.Minute)
	check(sum / 100)
	for i := 80; i < 100; i++ {
		w.Crash(w.ID(i))
		sum -= float64(i)
	}
	w.Run(3 * time.Minute)
	check(sum / 80)
	if rejected := w.Count("pushsum.rejected"); rejected > 0 {
		t.Errorf("%v shares of honest peers were rejected", rejected)
	}
}

// Whatever neighbours send, an estimate stays within the range of inputs, and a
// peer within the epoch of its clock or the next one.
func TestNoMessageLeavesTheRange(t *testing.T) {
	odd := []float64{0, 1, -1, 50, 100, 101, 1e-300, 5e-324, 1e6, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)}
	number := rapid.OneOf(rapid.SampledFrom(odd), rapid.Float64(), rapid.Float64Range(0, 100))
	rapid.Check(t, func(t *rapid.T) {
		p := start("b", "c")
		for range rapid.IntRange(1, 30).Draw(t, "messages") {
			e := epoch + rapid.SampledFrom([]uint64{0, 0, 0, 1, 2, -epoch, math.MaxUint64 - epoch}).Draw(t, "epoch")
			p.Receive("b", share(e, number.Draw(t, "sum"), number.Draw(t, "weight")))
			p.Advance(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
			now := holds(p)
			if a := now.Average(); !(a >= -1e-6 && a <= 100+1e-6) || !(now.Weight > 0 && now.Weight <= 1e6) {
				t.Fatalf("it holds %v", now)
			}
			if late := p.Now().Add(pushsum.DefaultConfig().Skew).Unix() / 60; now.Epoch > uint64(late) {
				t.Fatalf("it is in epoch %d, the clock says %d at the most", now.Epoch, late)
			}
		}
	})
}
