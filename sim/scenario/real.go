package scenario

import (
	"slices"

	"github.com/n2n-overlay/n2n/sim"
)

// everywhere are the settings of the network that hold in every world. Over real
// connections, the others are what they are.
var everywhere = []string{"loss", "retransmit", "detection"}

// Real says what was set that cannot be had over real connections: another network
// than there is. What the file says about that is passed over.
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
