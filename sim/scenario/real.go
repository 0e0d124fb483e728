package scenario

import "github.com/n2n-overlay/n2n/sim"

// Real says what of the scenario cannot be had in a world that is not simulated:
// partitions, and another network than there is. What the file says about the
// network is passed over.
func (s *Scenario) Real() error {
	for _, p := range s.Phases {
		if p.Kind == phasePartition {
			return mistake(p.place, "only the simulated world can be partitioned: run it with --world sim")
		}
	}
	sets, err := readSets(s.Sets)
	if err != nil {
		return err
	}
	for _, set := range sets {
		for _, n := range networkSettings(&sim.Network{}) {
			if n.name == set.key {
				return mistake(set.place, "%s is only for the simulated network: run it with --world sim", n.name)
			}
		}
	}
	return nil
}
