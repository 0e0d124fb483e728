package scenario

import (
	"fmt"
	"math"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
)

// Scenario is an experiment, ready to run.
type Scenario struct {
	Name string
	Doc  string
	// Source is the argument of Load, to run the scenario again.
	Source string
	// Program is that of the Options of Load.
	Program string
	Peers   int
	Cycles  int
	Seed    uint64
	// Cycle is the length of a cycle.
	Cycle     time.Duration
	Protocols []Instance // the first one's arcs are measured
	Network   sim.Network
	Peer      actors.Config
	Phases    []Phase
	Measure   Measure
	// Groups are peers whose protocols have other options.
	Groups []Group
	// Detail is the level of detail of the simulated world: DetailActors or DetailArcs.
	Detail string
	// Workers is over how many goroutines the peers of the simulated world are divided.
	Workers int
	// Note says what was changed because it would not pay. Empty: nothing.
	Note string
	// hash is SHA-256 of the text that it was read from, in hexadecimal.
	hash string
	// parameters are the values of its parameters, by name.
	parameters map[string]string
	// Sets are the overrides that it was loaded with, as given.
	Sets []string
}

// The levels of detail of the simulated world.
const (
	// DetailActors runs the very actors of a service.
	DetailActors = "actors"
	// DetailArcs runs the same handlers over tables of arcs, without actors.
	DetailArcs = "arcs"
)

// mostActors is how many peers a scenario that names no level of detail has at the level
// of actors at most.
const mostActors = 2_000

// maxWorkers bounds Scenario.Workers.
const maxWorkers = 256

// detail sets the level of detail, if it is not, and checks what goes with it.
func (s *Scenario) detail() error {
	if s.Detail == "" {
		s.Detail = DetailActors
		if s.Peers > mostActors {
			s.Detail = DetailArcs
		}
	}
	if s.Workers == 0 {
		s.Workers = 1
	}
	if err := s.knownDetail("--detail"); err != nil {
		return err
	}
	if s.Workers < 1 || s.Workers > s.MostWorkers() {
		return mistake("--workers", "expected 1 to %d workers for %d peers, not %d", s.MostWorkers(), s.Peers, s.Workers)
	}
	if s.Workers > 1 && !s.WorkersPay(s.Workers) {
		s.Note = fmt.Sprintf("%d peers have too little to do within the least latency, %v, for %d workers to pay: one worker runs it",
			s.Peers, s.Network.Latency.Floor(), s.Workers)
		s.Workers = 1
	}
	return nil
}

// knownDetail refuses a level of detail that there is not.
func (s *Scenario) knownDetail(place string) error {
	if s.Detail != DetailActors && s.Detail != DetailArcs {
		return mistake(place, "expected a level of detail, actors or arcs, not %q", s.Detail)
	}
	return nil
}

// MostWorkers is how many workers the scenario can have at most.
func (s *Scenario) MostWorkers() int { return min(maxWorkers, s.Peers) }

// eventsOfPeer is about how many events a peer has in a second: Spray with a period of 30 s
// has 5 on the level of actors, of which each takes a worker longer than a window's end. On
// the level of arcs that is as long as about ten events.
const eventsOfPeer = 5

// WorkersPay reports whether each of so many workers has enough to do between two windows'
// ends.
func (s *Scenario) WorkersPay(workers int) bool {
	least := 1.0
	if s.Detail == DetailArcs {
		least = 10
	}
	return float64(s.Peers)*eventsOfPeer*s.Network.Latency.Floor().Seconds() >= least*float64(workers)
}

// Measure says what is measured and how often.
type Measure struct {
	Every   int // cycles
	Metrics []string
	// Own tells that everything is measured, too, that protocols which do not ship count and
	// emit.
	Own bool
}

// Group is a fraction of the peers whose protocols have other options.
type Group struct {
	Fraction float64
	// Options are the other options, by protocol.option.
	Options map[string]string
	// Protocols are all that these peers run.
	Protocols []protocols.Protocol
}

// The kinds of phases.
const (
	phaseJoin      = "join"
	phaseRun       = "run"
	phaseCrash     = "crash"
	phaseLeave     = "leave"
	phaseChurn     = "churn"
	phasePartition = "partition"
	phaseBroadcast = "broadcast"
	phaseTell      = "tell"
)

// Phase is one of a scenario's phases. Which fields count depends on its Kind.
type Phase struct {
	Kind   string
	Cycles int
	// Fraction of the peers that join (NaN: all that have not), crash or leave.
	Fraction float64
	// Over is how long it takes to join, crash or leave, Growing the pace of a join.
	Over    span
	Growing bool
	// Rate is the fraction of the peers that go and come in a cycle of churn,
	// Leave the fraction of those going that take leave.
	Rate, Leave float64
	// Fractions are the sizes of the groups of a partition.
	Fractions []float64
	// Broadcasts is how many messages of Payload bytes are published in a cycle.
	Broadcasts float64
	Payload    int
	// What is told to Protocol on a Fraction of the peers.
	Protocol, What string

	place string
}

// takesCycles tells the phases that last for cycles from those that happen at
// once or over a time of their own.
func (p Phase) takesCycles() bool {
	return p.Kind != phaseJoin && p.Kind != phaseCrash && p.Kind != phaseLeave && p.Kind != phaseTell
}

// Overlay is the protocol whose arcs are measured.
func (s *Scenario) Overlay() protocols.Protocol { return s.Protocols[0].Protocol }

// broadcaster is the protocol that publishes messages, if there is one.
func (s *Scenario) broadcaster() *Instance {
	for i := range s.Protocols {
		if s.Protocols[i].Broadcasts {
			return &s.Protocols[i]
		}
	}
	return nil
}

// Duration is the virtual time that the scenario takes.
func (s *Scenario) Duration() time.Duration {
	d := time.Duration(s.Cycles) * s.Cycle
	for _, p := range s.Phases {
		d += p.Over.of(s.Cycle)
	}
	return d
}

// stretch gives the phases other cycles in the same proportion, which sum up to
// total: by largest remainder, at least one each.
func (s *Scenario) stretch(total int) bool {
	var long []*Phase
	sum := 0
	for i := range s.Phases {
		if p := &s.Phases[i]; p.takesCycles() {
			long = append(long, p)
			sum += p.Cycles
		}
	}
	if total < len(long) || len(long) == 0 {
		return false
	}
	rest := total
	wanted := make([]float64, len(long))
	for i, p := range long {
		wanted[i] = float64(p.Cycles) * float64(total) / float64(sum)
		p.Cycles = max(1, int(math.Floor(wanted[i])))
		rest -= p.Cycles
	}
	for rest != 0 {
		// A phase gets a cycle if it lacks most, or loses one if it has most too
		// many.
		best := -1
		for i, p := range long {
			lack := wanted[i] - float64(p.Cycles)
			switch {
			case rest < 0 && p.Cycles == 1:
				continue
			case best < 0, rest > 0 && lack > wanted[best]-float64(long[best].Cycles),
				rest < 0 && lack < wanted[best]-float64(long[best].Cycles):
				best = i
			}
		}
		if rest > 0 {
			long[best].Cycles++
			rest--
		} else {
			long[best].Cycles--
			rest++
		}
	}
	s.Cycles = total
	return true
}
