//go:build !js

package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// ArcBurst is how many changes of arcs a neighbor may tell of at once.
const ArcBurst = links.ArcBurst

// KeptTurns is how many places an empty line keeps.
const KeptTurns = keptTurns

// Capacity is how many places the line has for turns of users' messages.
func (l *Line) Capacity() int { return len(l.user.turns) }

// Begun is a call of the handle that does not wait: a test does other things
// before it lets the world run.
type Begun[T any] struct {
	Ended int // how often it was answered
	Value T
	Err   error
}

func (b *Begun[T]) end(value T, err error) { b.Ended, b.Value, b.Err = b.Ended+1, value, err }

// BeginSpawn is Spawn without the wait.
func (p *Peer) BeginSpawn(protocol protocols.Protocol) *Begun[*actor.PID] {
	b := &Begun[*actor.PID]{}
	p.send(spawn{protocol, b.end})
	return b
}

// BeginRemove is Remove without the wait.
func (p *Peer) BeginRemove(name string) *Begun[struct{}] {
	b := &Begun[struct{}]{}
	p.send(remove{name, func(err error) { b.end(struct{}{}, err) }})
	return b
}

// BeginSnapshot is Snapshot without the wait.
func (p *Peer) BeginSnapshot() *Begun[Snapshot] {
	b := &Begun[Snapshot]{}
	p.send(takeSnapshot{func(s Snapshot) { b.end(s, nil) }})
	return b
}

// BeginClose is Close without the wait.
func (p *Peer) BeginClose(protocol string, peer messages.PeerID) *Begun[messages.Failed] {
	b := &Begun[messages.Failed]{}
	command := func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: peer} }
	p.send(&request{protocol: protocol, command: command, done: func(event any) {
		failed, _ := event.(messages.Failed)
		b.end(failed, failed.Err)
	}})
	return b
}

// BeginLeave is Leave without the wait.
func (p *Peer) BeginLeave() { p.send(depart{}) }

// To is the ID of the actor that the turn is for, and whether its message is one
// of the actor library's own.
func (t Turn) To() (id string, system bool) {
	return t.to.invoker.(actor.Context).Self().GetId(), t.system
}
