package main

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

const (
	// leaveTimeout bounds a peer's leave: its protocols have two seconds of it.
	leaveTimeout = 10 * time.Second
	// closeTimeout bounds the wait for what is left of its connections then.
	closeTimeout = 3 * time.Second
)

// node is one peer over real WebRTC, with its links to signaling servers.
type node struct {
	*actors.Peer
	transport *wrtc.Transport
}

// servers are the signaling servers through which a peer is to enter.
type servers struct {
	urls  []string
	retry time.Duration // the longest wait before a lost link is tried again; 0: the default
	log   *slog.Logger
}

// newNode starts a peer that has entered no room and runs no protocols.
func newNode(system *actor.ActorSystem, network wrtc.Config, limits actors.Config, enter servers) (*node, error) {
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
	return &node{Peer: peer, transport: world.Transport.(*wrtc.Transport)}, nil
}

// service returns a peer's way to others.
func (s servers) service(identity actors.Identity) (actors.Rendezvous, error) {
	var all []several.Service
	for _, url := range s.urls {
		link, err := client.New(client.Config{URL: url, Identity: identity, BackoffMax: s.retry, Logger: s.log})
		if err != nil {
			return nil, err
		}
		all = append(all, link)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return several.New(several.Config{Services: all, Logger: s.log})
}

// run spawns Spray and a broadcast along its arcs. The peer is to Join at once:
// Spray waits for that only so long.
func (n *node) run(period time.Duration) error {
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
		if _, err := n.Spawn(events.Tapped(protocol)); err != nil {
			return err
		}
	}
	return nil
}

// end takes leave, in order if there is time for it, and returns when nothing
// of the peer is left, or should be.
func (n *node) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	err := n.Leave(ctx)
	if ctx.Err() != nil {
		n.Crash()
	}
	closed := make(chan struct{})
	go func() {
		n.transport.Wait()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}
	return err
}
