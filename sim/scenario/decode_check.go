package scenario

import (
	"math"
	"slices"
	"time"
)

// check checks the rules that concern several parts of the scenario.
func (d *decoder) check(root, cycles node) error {
	s := d.s
	if err := s.Network.Validate(); err != nil {
		return mistake(d.blamed(root, "network", networkSettings(&s.Network)), "%v", err)
	}
	if err := s.Peer.Validate(); err != nil {
		return mistake(d.blamed(root, "peer", peerSettings(&s.Peer)), "%v", err)
	}
	s.Cycle = s.Protocols[0].Period
	if d.cycle != nil {
		if err := within("cycle", d.cycle.duration(&s.Cycle)); err != nil {
			return err
		}
		if s.Cycle <= 0 {
			return mistake(d.cycle.place, "cycle: expected a duration above 0")
		}
	}
	if d.every != nil {
		if err := within("every", d.every.whole(&s.Measure.Every, 1, maxCycles)); err != nil {
			return err
		}
	}
	sum, joined := 0, 0.0
	for _, p := range s.Phases {
		sum += p.Cycles
		switch {
		case p.Kind != phaseJoin && joined == 0:
			return mistake(p.place, "expected a join before the first %s: nobody is there yet", p.Kind)
		case p.Kind == phaseJoin && joined >= 1-1e-9:
			return mistake(p.place, "join: all peers have entered before")
		case p.Kind == phaseJoin && math.IsNaN(p.Fraction):
			joined = 1
		case p.Kind == phaseJoin:
			if joined += p.Fraction; joined > 1+1e-9 {
				return mistake(p.place, "join: expected fractions that sum up to at most 1, they are %.3g here", joined)
			}
		}
		if p.Kind == phaseTell {
			if err := s.tellable(p); err != nil {
				return err
			}
		}
		if p.Broadcasts > 0 && s.broadcaster() == nil {
			return mistake(p.place, "%s: expected a protocol such as broadcast among the protocols, to publish messages", p.Kind)
		}
	}
	switch {
	case sum == 0:
		return mistake(root.place(), "expected at least one phase that takes cycles")
	case sum > maxCycles:
		return mistake(root.place(), "expected at most %d cycles, the phases have %d", maxCycles, sum)
	case cycles.Node != nil && s.Cycles != sum:
		return mistake(cycles.place(), "cycles: expected the sum of the phases' cycles, %d, not %d; the time of a join counts apart", sum, s.Cycles)
	}
	s.Cycles = sum
	if total := s.Duration(); total < 0 || total > 200*365*24*time.Hour {
		return mistake(root.place(), "expected a scenario of at most 200 years, it takes %v", total)
	}
	return nil
}

// blamed is the place of the last override of some settings, or of the part of
// the file that they are in.
func (d *decoder) blamed(root node, part string, all []setting) string {
	place := root.place()
	pairs, _ := root.pairs("a scenario")
	for _, p := range pairs {
		if p.name == part {
			place = p.key.place()
		}
	}
	for _, set := range d.sets {
		if slices.ContainsFunc(all, func(s setting) bool { return s.name == set.key }) {
			place = set.place
		}
	}
	return place
}
