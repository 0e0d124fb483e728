package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/arcs"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// RunOptions say how a scenario is run.
type RunOptions struct {
	// World makes the world. Nil: the simulated one.
	World func(*Scenario) (worlds.World, error)
	// Encode and Trace are those of sim.Config. Without Trace there is no hash.
	Encode, Trace bool
	// Progress is called now and then.
	Progress func(Progress)
	// Overlay is called with the overlay of each row of the series. Nil: it is not collected.
	Overlay func(cycle int, o Overlay) error
	// Now is wall time, for WallSeconds. Nil: that is 0.
	Now func() time.Time
	// Version names the program, for the result.
	Version string
	// Memory is how many bytes may be used. 0: what the system says is available.
	Memory uint64
}

// Progress is how far a run is.
type Progress struct {
	Phase          string
	Cycle, Cycles  int
	Elapsed, Total time.Duration // of virtual time
	Alive          int
	Totals         worlds.Totals
}

// Broken is a run that failed although nothing in the scenario asked for it.
type Broken struct {
	Err error
	// Command runs the same again.
	Command string
}

func (b *Broken) Error() string {
	return fmt.Sprintf("%v\nreproduce it with: %s", b.Err, b.Command)
}

func (b *Broken) Unwrap() error { return b.Err }

// Run runs a scenario. If ctx ends first, the result has the metrics so far, and
// the error is that of ctx.
func Run(ctx context.Context, s *Scenario, o RunOptions) (Result, error) {
	if o.World == nil {
		available := o.Memory
		if available == 0 {
			available = AvailableMemory()
		}
		if err := s.Fits(available); err != nil {
			return Result{}, err
		}
		o.World = o.simulated
	}
	r := newRunner(ctx, s, o)
	if o.Now != nil {
		r.begun = o.Now()
	}
	world, err := o.World(s)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = world.Close() }() // Run has told what broke it
	r.world = world
	return r.result(r.run())
}

// simulated makes the simulated world of a scenario.
func (o RunOptions) simulated(s *Scenario) (worlds.World, error) {
	if s.Detail == DetailArcs {
		return worlds.Arcs(arcs.Config{Seed: s.Seed, Network: s.Network, Trace: o.Trace, Workers: s.Workers})
	}
	return worlds.Sim(sim.Config{Seed: s.Seed, Network: s.Network, Workers: s.Workers, Encode: o.Encode, Trace: o.Trace})
}

// runner runs one scenario in one world.
type runner struct {
	ctx   context.Context
	s     *Scenario
	o     RunOptions
	world worlds.World
	peers []worlds.Peer // by number; nil: has gone
	begun time.Time
	// random draws what happens to which peer, and sampling which peers are
	// measured.
	random, sampling *rand.Rand

	phase   string
	started int
	alive   []int       // numbers, in any order
	at      map[int]int // where a number stands in alive
	cycle   int
	rows    []Row
	floods  floods
	sizes   map[int]float64 // the last estimates, by peer
	// of the row before
	floodsBefore   int
	repeatedBefore [2]float64

	handshakes float64
	ended      map[string]float64         // counters of peers that have gone
	counters   []string                   // names of those that are summed up
	own        []string                   // protocols all of whose counters are, too
	values     map[string]map[int]float64 // the last ones, by name and peer
	grouped    []int                      // peers that ever were in each group, and in none
}

func newRunner(ctx context.Context, s *Scenario, o RunOptions) *runner {
	r := &runner{
		ctx: ctx, s: s, o: o, at: map[int]int{}, ended: map[string]float64{}, sizes: map[int]float64{},
		values: map[string]map[int]float64{}, grouped: make([]int, len(s.Groups)+1),
		random: rand.New(rand.NewPCG(s.Seed, 1)), sampling: rand.New(rand.NewPCG(s.Seed, 2)),
	}
	r.count()
	return r
}

// observe takes an event of a peer's protocol, or of its connections if the name is
// empty.
func (r *runner) observe(peer int, protocol string, event any) {
	switch e := event.(type) {
	case messages.ConnectionAuthenticated:
		if e.Offered {
			r.handshakes++
		}
	default:
		if b := r.s.broadcaster(); b != nil && protocol == b.Protocol.Name {
			if d, ok := event.(messages.Delivered); ok {
				r.floods.delivered(peer, d.Payload, d.Hops)
			}
		}
		for _, p := range r.s.Protocols {
			if p.Values != nil && protocol == p.Protocol.Name {
				r.noteValues(peer, p, event)
			}
			if p.Estimate != nil && protocol == p.Protocol.Name {
				if peers, ok := p.Estimate(event); ok {
					r.sizes[peer] = peers
				}
			}
		}
	}
}

// run runs the phases, and checks at the end that all is in order.
func (r *runner) run() error {
	for i, p := range r.s.Phases {
		if p.takesCycles() && r.cycle == 0 {
			if err := r.measure(); err != nil {
				return err
			}
		}
		r.phase = p.Kind
		if err := r.runPhase(p); err != nil {
			return fmt.Errorf("phase %d, %s: %w", i+1, p.Kind, err)
		}
	}
	return nil
}

func (r *runner) runPhase(p Phase) error {
	switch p.Kind {
	case phaseJoin:
		return r.join(p)
	case phaseCrash:
		return r.endSome(p, worlds.Peer.Crash)
	case phaseLeave:
		return r.endSome(p, worlds.Peer.Leave)
	case phaseTell:
		return r.tell(p)
	case phasePartition:
		if err := r.partition(p.Fractions); err != nil {
			return err
		}
		err := r.cycles(p)
		r.world.Faults().Repair()
		return err
	default:
		return r.cycles(p)
	}
}

func (r *runner) cycles(p Phase) error {
	for range p.Cycles {
		if err := r.runCycle(p); err != nil {
			return err
		}
		r.cycle++
		if r.cycle%r.s.Measure.Every == 0 || r.cycle == r.s.Cycles {
			if err := r.measure(); err != nil {
				return err
			}
		}
	}
	return nil
}

// action is something that happens in a phase.
type action struct {
	at time.Duration
	do func() error
}

// play lets time pass until d is over, and lets actions happen meanwhile.
func (r *runner) play(d time.Duration, actions []action) error {
	begun := r.world.Elapsed()
	slices.SortStableFunc(actions, func(a, b action) int { return int(max(-1, min(1, a.at-b.at))) })
	for _, a := range actions {
		if err := r.until(begun + a.at); err != nil {
			return err
		}
		if err := a.do(); err != nil {
			return err
		}
	}
	return r.until(begun + d)
}

// slicesOfCycle is into how many slices a cycle is cut. After each slice the runner reports
// its progress and checks ctx.
const slicesOfCycle = 100

func (r *runner) until(end time.Duration) error {
	for {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		left := end - r.world.Elapsed()
		if left <= 0 {
			return nil
		}
		if err := r.world.Run(r.ctx, min(left, max(time.Millisecond, r.s.Cycle/slicesOfCycle))); err != nil {
			return err
		}
		if r.o.Progress != nil {
			r.o.Progress(Progress{
				Phase: r.phase, Cycle: r.cycle, Cycles: r.s.Cycles, Elapsed: r.world.Elapsed(), Total: r.s.Duration(),
				Alive: len(r.alive), Totals: r.world.Totals(),
			})
		}
	}
}

// measure adds a row.
func (r *runner) measure() error {
	p, err := r.glance()
	if err != nil {
		return err
	}
	repeated, first := r.sums(p)
	m := r.metrics(p, r.floodsBefore, [2]float64{repeated - r.repeatedBefore[0], first - r.repeatedBefore[1]})
	r.floodsBefore, r.repeatedBefore = len(r.floods.all), [2]float64{repeated, first}
	r.rows = append(r.rows, Row{Cycle: r.cycle, VirtualSeconds: r.world.Elapsed().Seconds(), Metrics: m})
	if r.o.Overlay == nil {
		return nil
	}
	o, err := r.overlay(p, r.s.Overlay().Name)
	if err != nil {
		return err
	}
	return r.o.Overlay(r.cycle, o)
}

// sums returns how many broadcasts were received again, and how many first.
func (r *runner) sums(p *picture) (repeated, first float64) {
	b := r.s.broadcaster()
	if b == nil {
		return 0, 0
	}
	sums := r.counted(p)
	name := b.Protocol.Name
	return sums[name+".duplicates"], sums[name+".delivered"] - sums[name+".published"]
}

// counting is a world that sums the counters of its peers by itself, handshakes too.
type counting interface{ Counters() map[string]float64 }

func (r *runner) worldCounts() bool {
	_, counts := r.world.(counting)
	return counts
}

// counted are the counters of all peers, those that have gone included.
func (r *runner) counted(p *picture) map[string]float64 {
	if w, counts := r.world.(counting); counts {
		return w.Counters()
	}
	sums := maps.Clone(r.ended)
	sums["handshakes"] = r.handshakes
	for _, s := range p.snapshots {
		r.countsOf(s.Counters, sums)
	}
	return sums
}

// metrics computes the wanted metrics of a picture, of the broadcasts from one on,
// and of the sums of their receptions.
func (r *runner) metrics(p *picture, flood int, received [2]float64) Metrics {
	l := &list{wanted: r.s.Measure.Metrics}
	l.state(p, r.s.protocolsOf(), r.sampling)
	if first := r.s.Protocols[0]; first.Target != nil && l.wants("target_fraction") {
		l.add("target_fraction", p.target(first.Protocol.Name, first.Target))
	}
	sums := r.counted(p)
	l.add("handshakes", sums["handshakes"])
	l.add("revived", sums["revived"])
	l.add("introductions", sums["introductions"])
	l.totals(r.world.Totals())
	fraction, hops := r.floods.since(flood, func(peer int) bool { _, alive := r.at[peer]; return alive })
	l.add("delivered_fraction", fraction)
	l.add("redundancy", received[0]/received[1]) // no value when there were none
	l.add("delivery_hops_max", hops)
	r.estimates(l)
	r.ownMetrics(l, sums)
	return l.metrics
}

// estimates adds the last estimates of the network's size by the living peers.
func (r *runner) estimates(l *list) {
	sum, off, n := 0.0, 0.0, 0.0
	for _, peer := range r.alive {
		if size, ok := r.sizes[peer]; ok {
			sum += size
			off += math.Abs(size/float64(len(r.alive)) - 1)
			n++
		}
	}
	l.add("size_mean", sum/n) // NaN when there are none
	l.add("size_error", off/n)
}

// result makes the result of a run.
func (r *runner) result(err error) (Result, error) {
	cut := err != nil && r.ctx.Err() != nil && errors.Is(err, r.ctx.Err())
	if err != nil && !cut {
		return Result{}, r.broken(err)
	}
	totals := r.world.Totals()
	detail := r.s.Detail
	if r.world.Name() != "sim" {
		detail = DetailActors // real peers have no other
	}
	result := Result{
		Scenario: r.s.Name, Seed: r.s.Seed, Peers: r.s.Peers, Cycles: r.s.Cycles, World: r.world.Name(),
		Detail: detail, Workers: r.s.Workers, Version: r.o.Version, Command: r.s.Command(r.world.Name()),
		Settings: r.s.settings(), Protocols: r.s.protocolSettings(), Network: networkOf(r.s.Network, r.world.Name()),
		VirtualSeconds: r.world.Elapsed().Seconds(), Events: totals.Events, ActorMessages: totals.ActorMessages,
		TraceHash: r.world.TraceHash(), Series: r.rows, CutShort: cut,
	}
	if r.o.Now != nil {
		result.WallSeconds = math.Round(r.o.Now().Sub(r.begun).Seconds()*1000) / 1000
	}
	p, failed := r.glance()
	if failed == nil {
		repeated, first := r.sums(p)
		result.Metrics = r.metrics(p, 0, [2]float64{repeated, first})
		result.Overlay, failed = r.overlay(p, r.s.Overlay().Name)
	}
	if failed == nil && !cut {
		failed = r.settle()
	}
	if failed != nil {
		return Result{}, r.broken(failed)
	}
	result.PeakRSS = math.Round(float64(peakRSS())/1e5) / 10
	return result, err
}

func (r *runner) broken(err error) error {
	return &Broken{Err: fmt.Errorf("after %v of virtual time: %w", r.world.Elapsed(), err), Command: r.s.Command(r.world.Name())}
}
