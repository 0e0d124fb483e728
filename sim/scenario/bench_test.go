package scenario

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkPeers is Spray with views of ln N arcs in the steady scenario: one
// operation is one cycle of all peers. It reports actor messages a second, and
// the bytes that a peer takes after the last cycle, all of it included: peer,
// neighborhood, n2n, rendezvous, protocol and connection actors, lingering
// connections, messages under way. 50,000 peers take minutes and are left out
// with -short:
//
//	go test ./sim/scenario -run '^$' -bench Peers -benchtime 3x -timeout 1h
func BenchmarkPeers(b *testing.B) {
	for _, peers := range []int{1_000, 10_000, 50_000} {
		b.Run(fmt.Sprint(peers), func(b *testing.B) {
			if testing.Short() && peers > 10_000 {
				b.Skip("takes minutes")
			}
			benchmarkPeers(b, Options{Peers: peers, Detail: DetailActors}, false)
		})
	}
}

// BenchmarkPeersTogether is BenchmarkPeers with two workers.
func BenchmarkPeersTogether(b *testing.B) {
	for _, peers := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(peers), func(b *testing.B) {
			benchmarkPeers(b, Options{Peers: peers, Detail: DetailActors, Workers: 2}, false)
		})
	}
}

// BenchmarkArcs is the same at the level of arcs, with one worker and with two.
func BenchmarkArcs(b *testing.B) {
	for _, peers := range []int{1_000, 10_000, 100_000} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%d/workers=%d", peers, workers), func(b *testing.B) {
				if testing.Short() && peers > 10_000 {
					b.Skip("takes minutes")
				}
				benchmarkPeers(b, Options{Peers: peers, Detail: DetailArcs, Workers: workers}, false)
			})
		}
	}
}

// BenchmarkTrace is BenchmarkPeers with the hash of all deliveries.
func BenchmarkTrace(b *testing.B) {
	benchmarkPeers(b, Options{Peers: 1_000, Detail: DetailActors}, true)
}

func benchmarkPeers(b *testing.B, o Options, trace bool) {
	o.Scenario = "steady"
	peers := o.Peers
	s, err := Load(o)
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	r := newRunner(context.Background(), s, RunOptions{Trace: trace})
	world, err := r.o.simulated(s)
	if err != nil {
		b.Fatal(err)
	}
	r.world = world
	step := func(p Phase) {
		if err := r.runPhase(p); err != nil {
			b.Fatal(err)
		}
	}
	begun := time.Now()
	step(s.Phases[0])
	// As many connections linger as will when four cycles are over.
	step(Phase{Kind: phaseRun, Cycles: 4})
	b.Logf("%d peers entered, and ran for 4 cycles, in %v", peers, time.Since(begun).Round(time.Millisecond))

	from := world.Totals()
	for b.Loop() {
		step(Phase{Kind: phaseRun, Cycles: 1})
	}
	to := world.Totals()
	b.ReportMetric(float64(to.ActorMessages-from.ActorMessages)/b.Elapsed().Seconds(), "actor-messages/s")
	b.ReportMetric(float64(to.Events-from.Events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(s.Cycle.Seconds()*float64(b.N)/b.Elapsed().Seconds(), "virtual-s/s")
	b.ReportMetric(float64(heap()-before)/float64(peers), "B/peer")

	begun = time.Now()
	p, err := r.glance()
	if err != nil {
		b.Fatal(err)
	}
	pictured := time.Since(begun)
	l := &list{wanted: MetricNames()}
	l.state(p, s.protocolsOf(), r.sampling)
	b.Logf("picture %v, metrics %v: views %.2f, connections %.1f a peer", pictured.Round(time.Millisecond),
		(time.Since(begun) - pictured).Round(time.Millisecond), l.metrics.Get("view_mean"), 2*l.metrics.Get("connections")/float64(peers))
	runtime.KeepAlive(world)
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
