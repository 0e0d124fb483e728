package scenario

import (
	"context"
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

var (
	churnPeers  = flag.Int("churn-peers", 100, "how many peers the overlay of TestChurn has")
	churnCycles = flag.Int("churn-cycles", 60, "for how many cycles peers come and go")
)

// churnSeeds is over how many seeds, from 1 on, the sizes of views are averaged. One seed can
// be a third off ln N.
const churnSeeds = 3

// churning is a scenario in which peers come and go.
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

// departing is a simulated world that keeps an eye on those who have gone.
type departing struct {
	worlds.World
	gone []weak.Pointer[pocket]
}

// pocket is a clock that its peer alone has: as long as anything keeps the peer, its
// handle or one of its actors, it keeps that.
type pocket struct{ actors.Clock }

// mortal is a peer of a departing world.
type mortal struct {
	worlds.Peer
	world *departing
	clock weak.Pointer[pocket]
}

func (d *departing) Start(s worlds.Start) (worlds.Peer, error) {
	m := &mortal{world: d}
	s.Fit = func(given actors.World) actors.World {
		clock := &pocket{given.Clock}
		m.clock, given.Clock = weak.Make(clock), clock
		return given
	}
	var err error
	m.Peer, err = d.World.Start(s)
	return m, err
}

func (m *mortal) Crash() {
	m.world.gone = append(m.world.gone, m.clock)
	m.Peer.Crash()
}

func (m *mortal) Leave() {
	m.world.gone = append(m.world.gone, m.clock)
	m.Peer.Leave()
}

// remembered counts those of whom something is left in memory.
func (d *departing) remembered() int {
	runtime.GC()
	n := 0
	for _, peer := range d.gone {
		if peer.Value() != nil {
			n++
		}
	}
	return n
}

// TestChurn: while one peer in a hundred goes in each cycle and another one
// comes, the overlay stays in one piece, and nothing is left of those that went:
// no memory, no connection. The views of Spray are about ln N in the mean over seeds. The
// memory a peer takes is told; protoactor's registry grows to 9 MB in any case.
//
//	go test ./sim/scenario -run TestChurn -churn-peers 1000 -churn-cycles 300 -timeout 1h -v
func TestChurn(t *testing.T) {
	var third, end float64
	for seed := uint64(1); seed <= churnSeeds; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			views := churned(t, seed)
			third += views[0] / churnSeeds
			end += views[1] / churnSeeds
		})
	}
	for when, mean := range map[string]float64{"after a third": third, "at the end": end} {
		t.Logf("%s: views are %.3f ln N, mean over seeds", when, mean)
		if math.Abs(mean-1) > 0.2 {
			t.Errorf("%s: views are %.3f ln N, mean over %d seeds", when, mean, churnSeeds)
		}
	}
}

// churned runs the scenario with a seed, and returns the mean sizes of the views after a
// third of the time and at the end, as fractions of ln N.
func churned(t *testing.T, seed uint64) (views [2]float64) {
	t.Helper()
	s, err := Decode("churn.yaml", []byte(churning), Options{Peers: *churnPeers, Seed: &seed})
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(context.Background(), s, RunOptions{})
	simulated, err := r.o.simulated(s)
	if err != nil {
		t.Fatal(err)
	}
	world := &departing{World: simulated}
	r.world = world
	phase := func(p Phase) {
		if err := r.runPhase(p); err != nil {
			t.Fatal(err)
		}
	}
	look := func(when string) float64 {
		per := float64(heap()) / float64(len(r.alive))
		p, err := r.picture()
		if err != nil {
			t.Fatal(err)
		}
		g := p.graph("spray")
		parts, _ := g.WeakComponents()
		connections := 2 * float64(p.connections()) / float64(len(r.alive))
		mean, _ := g.View()
		t.Logf("%s: %d peers in %d parts, of which who enters just now is one, views %.2f, connections %.1f and memory %.1f KB a peer", when, len(r.alive), parts, mean, connections, per/1e3)
		return mean / math.Log(float64(len(r.alive)))
	}
	for _, p := range s.Phases[:2] {
		phase(p)
	}
	churn := s.Phases[2]
	churn.Cycles = *churnCycles / 3
	phase(churn)
	views[0] = look("after a third")
	churn.Cycles = *churnCycles - churn.Cycles
	phase(churn)
	views[1] = look("at the end")
	leftovers(t, r)
	if n := world.remembered(); n > 0 {
		t.Errorf("of %d peers that went, %d are still in memory", len(world.gone), n)
	}
	runtime.KeepAlive(r)
	return views
}

// leftovers looks at the overlay once all have entered and all that have gone are
// missed: it is in one piece, and no connection leads to who has gone.
func leftovers(t *testing.T, r *runner) {
	if err := r.until(r.world.Elapsed() + 2*settleTime); err != nil {
		t.Fatal(err)
	}
	p, err := r.picture()
	if err != nil {
		t.Fatal(err)
	}
	if parts, _ := p.graph("spray").WeakComponents(); parts != 1 {
		t.Errorf("the overlay is in %d parts", parts)
	}
	for _, s := range p.snapshots {
		for _, other := range slices.Concat(s.Connections, s.Lingering, s.Pending) {
			if _, there := p.index[other]; !there {
				t.Errorf("%s has a connection to %s, which is gone", s.ID, other)
			}
		}
	}
}
