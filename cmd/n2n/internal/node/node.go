// Package node starts the peers of the command, and ends them.
package node

import (
	"context"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/wrtc"
)

// The protocols that a peer runs.
var (
	Spray     = spray.DefaultConfig().Name
	Broadcast = broadcast.DefaultConfig().Name
)

// LeaveTimeout bounds a peer's leave. Its protocols have two seconds of that time.
const LeaveTimeout = 10 * time.Second

// NewSystem returns the one actor system of the process.
func NewSystem(log *slog.Logger) *actor.ActorSystem {
	return actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log }))
}

// Start starts a peer that is in no room yet. It runs Spray with a period, and a broadcast
// along Spray's arcs.
func Start(network wrtc.Config, period time.Duration, options ...n2n.Option) (*n2n.Peer, error) {
	config := spray.DefaultConfig()
	config.Period = period
	overlay, err := spray.New(config)
	if err != nil {
		return nil, err
	}
	flood, err := broadcast.New(broadcast.DefaultConfig())
	if err != nil {
		return nil, err
	}
	return n2n.Start(append(options,
		n2n.Network(func(c *wrtc.Config) { *c = network }),
		n2n.Overlay(""), n2n.With(events.Tapped(overlay), events.Tapped(flood)),
	)...)
}

// Leave ends a peer: in order if there is time for it.
func Leave(peer *n2n.Peer) error {
	ctx, cancel := context.WithTimeout(context.Background(), LeaveTimeout)
	defer cancel()
	return peer.Leave(ctx)
}
