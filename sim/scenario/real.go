package scenario

import (
	"slices"

	"github.com/n2n-overlay/n2n/sim"
)

// everywhere are the settings of the network that apply in every world. Over real
// connections, nothing can set the others.
var everywhere = []string{"loss", "retransmit", "detection"}

// Real returns an error if a setting of the network was given that real connections
// cannot have. It ignores such settings in the file.
func (s *Scenario) Real() error {
	sets, err := readSets(s.Sets)
	if err != nil {
		return err
	}
	for _, set := range sets {
		for _, n := range networkSettings(&sim.Network{}) {
			if n.name == set.key && !slices.Contains(everywhere, n.name) {
				return mistake(set.place, "%s is only for the simulated network: run it with --world sim", n.name)
			}
		}
	}
	return nil
}
