package lab

import (
	"log/slog"
	"time"

	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// simSeed makes the identities and random numbers of a simulated lab.
const simSeed = 1

// Sim returns a simulated world. Everything in it is decided by the script. log
// gets what the actors log.
func Sim(log *slog.Logger) (worlds.World, error) {
	return worlds.Sim(sim.Config{
		Seed:    simSeed,
		Network: sim.Network{Latency: sim.Latency{Mean: travel}},
		Encode:  true,
		Logger:  log,
	})
}

// travel is how long a message travels in a simulated lab, one way, and a signal that
// is handed over directly in any.
const travel = time.Millisecond
