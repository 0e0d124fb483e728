//go:build js

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

// peer is a running peer of the page.
type peer struct {
	*actors.Peer
	limits actors.Config
	push   func(fields) // gets its events, on its own turns

	mu        sync.Mutex
	protocols map[string]*protocol
}

// startPeer starts a peer with its protocols. When it fails, nothing of the peer is left.
func startPeer(system *actor.ActorSystem, log *slog.Logger, o options, push func(fields)) (*peer, error) {
	started, err := n2n.Start(append(o.door(), n2n.System(system), n2n.Logger(log), n2n.World(func(w actors.World) actors.World {
		if w.Rendezvous != nil {
			w.Rendezvous = listening{w.Rendezvous, push}
		}
		return w
	}))...)
	if err != nil {
		return nil, asInvalid("", err)
	}
	p := &peer{Peer: started.Actors(), limits: o.limits, push: push, protocols: map[string]*protocol{}}
	p.SubscribeConnections(func(event any) {
		if f := events.ConnectionFields(event); f != nil {
			push(f)
		}
	})
	for _, made := range o.protocols {
		if err := p.spawn(context.Background(), made); err != nil {
			p.Crash()
			<-p.Done()
			return nil, err
		}
	}
	return p, nil
}

func (p *peer) spawn(ctx context.Context, made *protocol) error {
	made.stop = p.Subscribe(made.Name, func(event any) { p.heard(made, event) })
	if _, err := p.Spawn(ctx, made.Protocol); err != nil {
		made.stop()
		return asInvalid("protocols: ", fmt.Errorf("protocol %q: %w", made.Name, err))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.protocols[made.Name] = made
	return nil
}

// heard takes an event of a protocol.
func (p *peer) heard(made *protocol, event any) {
	switch event.(type) {
	case messages.Started:
		made.started = true
	case messages.Stopped:
		if made.started {
			p.forget(made)
		}
	}
	if !made.started {
		return
	}
	made.hear(event)
	if f := events.Fields(made.Name, event); f != nil {
		p.push(f)
	}
}

// forget removes a protocol that has ended.
func (p *peer) forget(made *protocol) {
	p.mu.Lock()
	if p.protocols[made.Name] == made {
		delete(p.protocols, made.Name)
	}
	p.mu.Unlock()
	made.stop()
	made.end()
}

// protocol returns a running protocol. It must be of one of the uses.
func (p *peer) protocol(method, name string, uses ...string) (*protocol, error) {
	p.mu.Lock()
	made := p.protocols[name]
	p.mu.Unlock()
	if made == nil {
		return nil, &failure{messages.ErrNoProtocol, fmt.Sprintf("%s: protocol %.40q does not run on this peer", method, name)}
	}
	for _, use := range uses {
		if made.use == use {
			return made, nil
		}
	}
	return nil, invalidf("%s: protocol %q is %s, only %v can do that", method, name, made.use, uses)
}

// leaveMore is the time for a leave besides the grace of its protocols.
const leaveMore = 5 * time.Second

// leave leaves the room, and crashes the peer when that takes too long.
func (p *peer) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*p.limits.LeaveGrace+leaveMore)
	defer cancel()
	err := p.Leave(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		p.Crash()
		<-p.Done()
		return nil
	default: // the peer ended meanwhile, and the reason has no code
		return &failure{events.CodeOf(err), fmt.Sprintf("leave: %v", err)}
	}
}

// listening tells the page about its peer's links to signaling servers.
type listening struct {
	actors.Rendezvous
	push func(fields)
}

// Enter implements actors.Rendezvous.
func (l listening) Enter(room string, events func(any)) {
	l.Rendezvous.Enter(room, func(event any) {
		events(event)
		switch e := event.(type) {
		case messages.RendezvousEntered:
			l.push(fields{"type": "signaling_entered", "members": e.Members})
		case messages.RendezvousUnlinked:
			l.push(fields{"type": "signaling_lost", "again": true, "message": e.Err.Error()})
		case messages.RendezvousLost:
			if e.Err != nil {
				l.push(fields{"type": "signaling_lost", "again": false, "message": e.Err.Error()})
			}
		}
	})
}

// endAll ends the calls that wait, once the peer has ended.
func (p *peer) endAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, made := range p.protocols {
		made.end()
	}
}
