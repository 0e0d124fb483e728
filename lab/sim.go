package lab

import (
	"log/slog"
	"time"

	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/arcs"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// simSeed makes the identities and random numbers of a simulated lab.
const simSeed = 1

// Sim returns a simulated world. The script decides everything in it. log gets the
// logs of the actors.
func Sim(log *slog.Logger) (worlds.World, error) {
	return worlds.Sim(sim.Config{
		Seed:    simSeed,
		Network: sim.Network{Latency: sim.Latency{Mean: travel}},
		Encode:  true,
		Logger:  log,
	})
}

// Arcs returns a simulated world at the level of arcs, in which peers have no actors.
func Arcs() (worlds.World, error) {
	return worlds.Arcs(arcs.Config{Seed: simSeed, Network: sim.Network{Latency: sim.Latency{Mean: travel}}})
}

// travel is how long a message travels one way in a simulated lab. In every lab, a
// signal that is handed over directly takes as long.
const travel = time.Millisecond
