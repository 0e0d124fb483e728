package scenario

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestTables checks that the metrics read from tables are those read from snapshots,
// while arcs move and lead to dead peers.
func TestTables(t *testing.T) {
	s, err := Load(Options{Scenario: "crash", Peers: 60, Detail: DetailArcs})
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(context.Background(), s, RunOptions{})
	if r.world, err = r.o.simulated(s); err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Phases {
		if err := r.runPhase(p); err != nil {
			t.Fatal(err)
		}
		slow, err := r.picture()
		if err != nil {
			t.Fatal(err)
		}
		quick, err := r.glance()
		if err != nil {
			t.Fatal(err)
		}
		if quick.tables == nil {
			t.Fatal("the world has no tables")
		}
		var want, got list
		want.wanted, got.wanted = MetricNames(), MetricNames()
		want.state(slow, s.protocolsOf(), rand.New(rand.NewPCG(1, 1)))
		got.state(quick, s.protocolsOf(), rand.New(rand.NewPCG(1, 1)))
		if !reflect.DeepEqual(got.metrics, want.metrics) {
			t.Errorf("after %s: tables give %v, snapshots %v", p.Kind, got.metrics, want.metrics)
		}
		count := func(p *picture) map[drift]int {
			all := map[drift]int{}
			for _, d := range p.drifts(s) {
				all[d]++
			}
			return all
		}
		if got, want := count(quick), count(slow); !reflect.DeepEqual(got, want) {
			t.Errorf("after %s: tables drift by %v, snapshots by %v", p.Kind, got, want)
		} else if p.Kind == phaseCrash && len(want) == 0 {
			t.Error("nothing drifts right after a crash: this compares nothing")
		}
		before, err := r.overlay(slow, s.Overlay().Name)
		if err != nil {
			t.Fatal(err)
		}
		after, err := r.overlay(quick, s.Overlay().Name)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("after %s: the overlays differ", p.Kind)
		}
	}
}
