package scenario

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/arcs"
	"github.com/n2n-overlay/n2n/sim/metrics"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// Up to exactPeers, all peers are measured. Above, only a sample is, for clustering
// and for paths.
const (
	exactPeers       = 2_000
	clusteringSample = 5_000
	pathSample       = 100
)

// picture is what all living peers know at one moment.
type picture struct {
	peers     []int        // numbers, in order
	tables    *arcs.Tables // nil: there are snapshots
	snapshots []actors.Snapshot
	index     map[messages.PeerID]int32 // into peers
}

func (r *runner) picture() (*picture, error) {
	p := &picture{index: make(map[messages.PeerID]int32, len(r.alive))}
	p.peers = slices.Sorted(slices.Values(r.alive))
	for _, n := range p.peers {
		s, err := r.peers[n].Snapshot()
		if err != nil {
			return nil, err
		}
		p.index[s.ID] = int32(len(p.snapshots))
		p.snapshots = append(p.snapshots, s)
	}
	return p, nil
}

// glance is picture without snapshots, where the world has tables and no metric needs
// more: snapshots of a million peers take minutes and gigabytes.
func (r *runner) glance() (*picture, error) {
	world, ok := r.world.(interface {
		Tables(peers []worlds.Peer) *arcs.Tables
	})
	if !ok || r.s.Protocols[0].Target != nil && slices.Contains(r.s.Measure.Metrics, "target_fraction") {
		return r.picture()
	}
	p := &picture{peers: slices.Sorted(slices.Values(r.alive))}
	living := make([]worlds.Peer, len(p.peers))
	for i, n := range p.peers {
		living[i] = r.peers[n]
	}
	p.tables = world.Tables(living)
	return p, nil
}

// overlay returns the arcs that the peers of a picture hold now.
func (r *runner) overlay(p *picture, protocol string) (Overlay, error) {
	o := Overlay{Protocol: protocol}
	for i, n := range p.peers {
		var s actors.Snapshot
		if p.tables == nil {
			s = p.snapshots[i]
		} else {
			var err error
			if s, err = r.peers[n].Snapshot(); err != nil {
				return Overlay{}, err
			}
		}
		o.Peers = append(o.Peers, s.ID)
		o.Out = append(o.Out, s.Views[protocol].Out)
	}
	return o, nil
}

func (p *picture) graph(protocol string) *metrics.Graph {
	if p.tables != nil {
		return metrics.New(p.tables.Out(protocol))
	}
	views := make([][]int32, len(p.snapshots))
	duplicated := make([]bool, len(p.snapshots))
	for i, s := range p.snapshots {
		for a := range s.Views[protocol].Out.All() {
			to, alive := p.index[a.Peer]
			if !alive {
				to = metrics.Dead
			}
			for range a.Count {
				views[i] = append(views[i], to)
			}
			duplicated[i] = duplicated[i] || a.Count > 1
		}
	}
	return metrics.New(views, duplicated)
}

// target is the fraction of the wanted overlay that exists.
func (p *picture) target(protocol string, of func([]messages.PeerID) func(int) []messages.PeerID) float64 {
	ids := make([]messages.PeerID, len(p.snapshots))
	for i, s := range p.snapshots {
		ids[i] = s.ID
	}
	wanted := of(ids)
	all, held := 0, 0
	for i, s := range p.snapshots {
		for _, peer := range wanted(i) {
			all++
			if s.Views[protocol].Out.Count(peer) > 0 {
				held++
			}
		}
	}
	return float64(held) / float64(all) // NaN when there are none
}

// connections counts the pairs with a living connection.
func (p *picture) connections() int {
	if p.tables != nil {
		return p.tables.Connections()
	}
	var pairs []uint64
	for i, s := range p.snapshots {
		for _, others := range [][]messages.PeerID{s.Connections, s.Lingering} {
			for _, id := range others {
				if j, alive := p.index[id]; alive {
					pairs = append(pairs, uint64(min(int32(i), j))<<32|uint64(max(int32(i), j)))
				}
			}
		}
	}
	slices.Sort(pairs)
	return len(slices.Compact(pairs))
}

// list collects the metrics that were asked for.
type list struct {
	wanted  []string
	metrics Metrics
}

func (l *list) wants(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(l.wanted, name) })
}

// finite reports whether a metric has a value. Without one it is left out: JSON has no
// infinite numbers, and no mean over seeds can be taken of them.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// add adds a metric that is wanted and has a value.
func (l *list) add(name string, x float64) {
	if finite(x) && l.wants(name) {
		l.metrics = append(l.metrics, Metric{name, x})
	}
}

// state adds the metrics of the overlay at one moment.
func (l *list) state(p *picture, protocols []protocols.Protocol, random *rand.Rand) {
	g := p.graph(protocols[0].Name)
	l.add("alive", float64(g.Peers()))
	l.add("arcs", float64(g.Arcs()))
	mean, deviation := g.View()
	l.add("view_mean", mean)
	l.add("view_stddev", deviation)
	in, most := g.InDegree()
	l.add("indegree_mean", in)
	l.add("indegree_max", float64(most))
	l.clustering(g, random)
	l.path(g, random)
	parts, largest := g.WeakComponents()
	l.add("weak_components", float64(parts))
	if l.wants("strong_components") {
		l.add("strong_components", float64(g.StrongComponents()))
	}
	l.add("largest_weak_fraction", largest)
	l.add("duplicate_free_fraction", g.DuplicateFree())
	l.add("dead_arc_fraction", g.DeadArcs())
	if l.wants("connections") {
		l.add("connections", float64(p.connections()))
	}
}

// totals adds the sums of a world that counts.
func (l *list) totals(t worlds.Totals) {
	if t.Events == 0 {
		return
	}
	l.add("frames_sent", float64(t.FramesSent))
	l.add("bytes_sent", float64(t.BytesSent))
	l.add("messages_lost", float64(t.Lost))
	l.add("server_signals", float64(t.ServerSignals))
	l.add("events", float64(t.Events))
	if t.ActorMessages > 0 {
		l.add("actor_messages", float64(t.ActorMessages))
	}
	if t.Turns > 0 {
		l.add("turns", float64(t.Turns))
	}
}

func (l *list) clustering(g *metrics.Graph, random *rand.Rand) {
	sample := clusteringSample
	if g.Peers() <= exactPeers {
		sample = g.Peers()
	}
	told := false
	for _, kind := range []struct {
		name string
		of   func(*rand.Rand, int) (float64, int)
	}{{"clustering", g.Clustering}, {"clustering_directed", g.DirectedClustering}} {
		if !l.wants(kind.name) {
			continue
		}
		mean, used := kind.of(random, sample)
		l.add(kind.name, mean)
		if used < g.Peers() && !told {
			l.metrics = append(l.metrics, Metric{"clustering_sample", float64(used)})
			told = true
		}
	}
}

func (l *list) path(g *metrics.Graph, random *rand.Rand) {
	if !l.wants("path_mean") {
		return
	}
	sample := pathSample
	if g.Peers() <= exactPeers {
		sample = g.Peers()
	}
	mean, used := g.Path(random, sample)
	if mean == 0 {
		mean = math.NaN() // nobody reaches anybody
	}
	l.add("path_mean", mean)
	if used < g.Peers() {
		l.metrics = append(l.metrics, Metric{"path_sample", float64(used)})
	}
}
