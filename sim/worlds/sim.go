package worlds

import (
	"context"
	"log/slog"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/faults"
)

// simulated is a World in package sim.
type simulated struct {
	*sim.World
	seed   uint64
	errors *errorLog
}

// Sim makes a simulated world. If the config has no Logger, an error that an actor
// logs breaks the world.
func Sim(config sim.Config) (World, error) {
	w := &simulated{seed: config.Seed, errors: &errorLog{}}
	if config.Logger == nil {
		config.Logger = slog.New(w.errors)
	}
	var err error
	w.World, err = sim.NewWorld(config)
	return w, err
}

func (w *simulated) Name() string { return "sim" }

func (w *simulated) Identity(number uint64) actors.Identity { return sim.NewIdentity(w.seed, number) }

func (w *simulated) Start(s Start) (Peer, error) {
	handle, err := w.StartFitted(s.Identity.(sim.Identity), s.Config, s.Fit)
	if err != nil {
		return nil, err
	}
	return Of(handle, w.Command, w.Telling(handle.ID())), w.err()
}

func (w *simulated) Run(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.World.Run(d); err != nil {
		return err
	}
	return w.err()
}

// err says what broke the world, or which error (a panic) an actor logged.
func (w *simulated) err() error {
	if err := w.Err(); err != nil {
		return err
	}
	if first := w.errors.first.Load(); first != nil {
		return *first
	}
	return nil
}

// Settle asks one peer: that runs the actors of all until none has a message.
func (w *simulated) Settle(peers ...Peer) {
	if len(peers) > 0 {
		_, _ = peers[0].Snapshot() // a peer that has ended has none
	}
}

func (w *simulated) Faults() *faults.Faults { return w.World.Faults }

func (w *simulated) StopServer() error {
	w.World.StopServer()
	return nil
}

func (w *simulated) StartServer() error {
	w.World.StartServer()
	return nil
}

func (w *simulated) Totals() Totals {
	t := w.World.Totals()
	return Totals{
		Events: t.Events, ActorMessages: t.ActorMessages, FramesSent: t.Frames, BytesSent: t.Bytes, Lost: t.Lost, ServerSignals: t.ServerSignals,
	}
}

func (w *simulated) Close() error {
	w.World.Close()
	return w.err()
}
