package worlds

import (
	"context"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// peer is a Peer that is made of actors.
type peer struct {
	*actors.Peer
	pids map[string]*actor.PID
	send func(*actor.PID, any)
	tell func(func()) // makes the call of a subscriber
}

// Of returns the Peer of a handle. send hands a command to an actor. Subscribers
// are called on any goroutine, so tell makes each call when the World allows it.
func Of(handle *actors.Peer, send func(*actor.PID, any), tell func(call func())) Peer {
	return &peer{handle, map[string]*actor.PID{}, send, tell}
}

// atOnce is a context that is done: calls with it begin something and do not wait
// for its end.
var atOnce = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (p *peer) Join(room string) { _, _ = p.Peer.Join(atOnce, room) } // it only says that we do not wait
func (p *peer) Leave()           { _ = p.Peer.Leave(atOnce) }

func (p *peer) Spawn(protocol protocols.Protocol) error {
	pid, err := p.Peer.Spawn(context.Background(), protocol)
	if err == nil {
		p.pids[protocol.Name] = pid
	}
	return err
}

func (p *peer) Remove(protocol string) error {
	err := p.Peer.Remove(context.Background(), protocol)
	if err == nil {
		delete(p.pids, protocol)
	}
	return err
}

func (p *peer) Subscribe(protocol string, notify func(any)) (cancel func()) {
	return p.Peer.Subscribe(protocol, func(event any) { p.tell(func() { notify(event) }) })
}

func (p *peer) SubscribeConnections(notify func(any)) (cancel func()) {
	return p.Peer.SubscribeConnections(func(event any) { p.tell(func() { notify(event) }) })
}

func (p *peer) Command(protocol string, command any) error {
	pid := p.pids[protocol]
	if pid == nil {
		return fmt.Errorf("protocol %q: %w", protocol, messages.ErrNoProtocol)
	}
	p.send(pid, command)
	return nil
}

func (p *peer) Snapshot() (actors.Snapshot, error) { return p.Peer.Snapshot(context.Background()) }
