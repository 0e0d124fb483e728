package lab

import (
	"context"
	"log/slog"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim"
)

const (
	// simLatency is how long a message travels in a simulated lab, one way.
	simLatency = time.Millisecond
	// simSlice is how much virtual time passes at a time.
	simSlice = time.Millisecond
	simSeed  = 1
)

// simulated is a lab's simulated world.
type simulated struct {
	*sim.World
	drawn  uint64
	fit    func(actors.World) actors.World
	unwait bool // calls of handles do not wait
}

// Sim returns a simulated world. Everything in it is decided by the script. log
// gets what the actors log.
func Sim(log *slog.Logger) (World, error) {
	w := &simulated{}
	world, err := sim.NewWorld(sim.Config{
		Seed:    simSeed,
		Network: sim.Network{Latency: sim.Latency{Mean: simLatency}},
		Encode:  true,
		Logger:  log,
		Fit: func(given actors.World) actors.World {
			await := given.Await
			given.Await = func(done <-chan struct{}) {
				if !w.unwait {
					await(done)
				}
			}
			return w.fit(given)
		},
	})
	if err != nil {
		return nil, err
	}
	w.World = world
	return w, nil
}

func (w *simulated) Identity() actors.Identity {
	w.drawn++
	return sim.NewIdentity(simSeed, w.drawn)
}

func (w *simulated) Start(identity actors.Identity, config actors.Config, fit func(actors.World) actors.World) (*actors.Peer, error) {
	w.fit = fit
	return w.World.Start(identity.(sim.Identity), config)
}

func (w *simulated) Leave(peer *actors.Peer) {
	w.unwait = true
	leaveLater(peer)
	w.unwait = false
}

// leaveLater asks a peer to leave and does not wait for the end of it.
func leaveLater(peer *actors.Peer) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = peer.Leave(over) // the end is told by peer.Done
}

func (w *simulated) Pass() error { return w.Run(simSlice) }

func (w *simulated) Partition(groups ...[]messages.PeerID) {
	// The parser lets no peer stand in two groups.
	_ = w.World.Partition(groups...)
}

func (w *simulated) StopServer() error {
	w.World.StopServer()
	return nil
}

func (w *simulated) StartServer() error {
	w.World.StartServer()
	return nil
}

func (w *simulated) Members() int { return -1 } // whoever leaves is out at once

func (w *simulated) traits() traits { return traits{whole: true, handOver: simLatency} }

func (w *simulated) Close() error { return w.Err() }
