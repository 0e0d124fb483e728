// Package node starts the peers of the command over real WebRTC.
package node

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/several"
	"github.com/n2n-overlay/n2n/wrtc"
)

// The protocols that a peer runs.
var (
	Spray     = spray.DefaultConfig().Name
	Broadcast = broadcast.DefaultConfig().Name
)

const (
	// LeaveTimeout bounds a peer's leave: its protocols have two seconds of it.
	LeaveTimeout = 10 * time.Second
	// closeTimeout bounds the wait for what is left of its connections then.
	closeTimeout = 3 * time.Second
)

// NewSystem returns the one actor system of the process.
func NewSystem(log *slog.Logger) *actor.ActorSystem {
	return actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log }))
}

// Node is one peer over real WebRTC, with its links to signaling servers.
type Node struct {
	*actors.Peer
	Transport *wrtc.Transport
}

// Servers are the signaling servers through which a peer is to enter.
type Servers struct {
	URLs  []string
	Retry time.Duration // the longest wait before a lost link is tried again; 0: the default
	Log   *slog.Logger
}

// New starts a peer that has entered no room and runs no protocols.
func New(system *actor.ActorSystem, network wrtc.Config, limits actors.Config, enter Servers) (*Node, error) {
	if network.Key == nil {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		network.Key = key
	}
	service, err := enter.service(actors.NewIdentity(network.Key))
	if err != nil {
		return nil, err
	}
	world, err := wrtc.NewWorld(network)
	if err != nil {
		return nil, err
	}
	world.Rendezvous = service
	peer, err := actors.Start(system, world, limits)
	if err != nil {
		return nil, err
	}
	return &Node{Peer: peer, Transport: world.Transport.(*wrtc.Transport)}, nil
}

// service returns a peer's way to others.
func (s Servers) service(identity actors.Identity) (actors.Rendezvous, error) {
	var all []several.Service
	for _, url := range s.URLs {
		link, err := client.New(client.Config{URL: url, Identity: identity, BackoffMax: s.Retry, Logger: s.Log})
		if err != nil {
			return nil, err
		}
		all = append(all, link)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return several.New(several.Config{Services: all, Logger: s.Log})
}

// Run spawns Spray and a broadcast along its arcs. The peer is to Join at once:
// Spray waits for that only so long.
func (n *Node) Run(ctx context.Context, period time.Duration) error {
	sprayConfig := spray.DefaultConfig()
	sprayConfig.Period = period
	overlay, err := spray.New(sprayConfig)
	if err != nil {
		return err
	}
	flood, err := broadcast.New(broadcast.DefaultConfig())
	if err != nil {
		return err
	}
	for _, protocol := range []protocols.Protocol{overlay, flood} {
		if _, err := n.Spawn(ctx, events.Tapped(protocol)); err != nil {
			return err
		}
	}
	return nil
}

// End takes leave, in order if there is time for it, and returns when nothing
// of the peer is left, or should be.
func (n *Node) End() error {
	ctx, cancel := context.WithTimeout(context.Background(), LeaveTimeout)
	defer cancel()
	err := n.Leave(ctx)
	if ctx.Err() != nil {
		n.Crash()
	}
	closed := make(chan struct{})
	go func() {
		n.Transport.Wait()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}
	return err
}
