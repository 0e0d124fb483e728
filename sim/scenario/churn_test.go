package scenario

import (
	"context"
	"flag"
	"math"
	"runtime"
	"slices"
	"testing"
)

var (
	churnPeers  = flag.Int("churn-peers", 100, "how many peers the overlay of TestChurn has")
	churnCycles = flag.Int("churn-cycles", 60, "for how many cycles peers come and go")
)

const churning = `name: churn
peers: 100
cycles: 40
protocols:
  - spray: {period: 30s}
  - broadcast
network:
  latency: lognormal 50ms 0.5
phases:
  - join: {over: 10 cycles, pace: growing}
  - run: {cycles: 10}
  - churn: {cycles: 30, rate: 0.01}
measure:
  every: 10
  metrics: [alive, weak_components]
`

// TestChurn: while one peer in a hundred goes in each cycle and another one
// comes, nothing is left of those that went: no memory, no connection.
//
//	go test ./sim/scenario -run TestChurn -churn-peers 1000 -churn-cycles 300 -timeout 1h -v
func TestChurn(t *testing.T) {
	s, err := Decode("churn.yaml", []byte(churning), Options{Peers: *churnPeers})
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(context.Background(), s, RunOptions{})
	world, err := newSimulated(s, r.o, r.observe)
	if err != nil {
		t.Fatal(err)
	}
	r.world = world
	phase := func(p Phase) {
		if err := r.runPhase(p); err != nil {
			t.Fatal(err)
		}
	}
	perPeer := func(when string) float64 {
		per := float64(heap()) / float64(len(r.alive))
		p, err := r.picture()
		if err != nil {
			t.Fatal(err)
		}
		g := p.graph("spray")
		parts, _ := g.WeakComponents()
		connections := 2 * float64(p.connections()) / float64(len(r.alive))
		mean, _ := g.View()
		t.Logf("%s: %d peers in %d parts, views %.2f, connections %.1f and memory %.1f KB a peer", when, len(r.alive), parts, mean, connections, per/1e3)
		if parts != 1 {
			t.Errorf("%s: the overlay is in %d parts", when, parts)
		}
		if ln := math.Log(float64(len(r.alive))); math.Abs(mean/ln-1) > 0.35 {
			t.Errorf("%s: views of %.2f, ln N is %.2f", when, mean, ln)
		}
		return per
	}
	for _, p := range s.Phases[:2] {
		phase(p)
	}
	churn := s.Phases[2]
	churn.Cycles = *churnCycles / 3
	phase(churn)
	before := perPeer("after a third")
	churn.Cycles = *churnCycles - churn.Cycles
	phase(churn)
	after := perPeer("at the end")
	if after > 1.1*before {
		t.Errorf("memory grew from %.1f to %.1f KB a peer", before/1e3, after/1e3)
	}
	leftovers(t, r)
	runtime.KeepAlive(world)
}

// leftovers looks for connections to peers that have gone, once all is noticed.
func leftovers(t *testing.T, r *runner) {
	if err := r.until(r.world.Elapsed() + 2*settleTime); err != nil {
		t.Fatal(err)
	}
	p, err := r.picture()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.snapshots {
		for _, other := range slices.Concat(s.Connections, s.Lingering, s.Pending) {
			if _, there := p.index[other]; !there {
				t.Errorf("%s has a connection to %s, which is gone", s.ID, other)
			}
		}
	}
}
