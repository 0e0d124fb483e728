package actors

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
)

// shell is what the actors of one peer share. The PIDs are set by the peer actor
// before it sends its first message; nothing but times changes after the start.
type shell struct {
	world       World
	config      Config
	times       *links.Times // in place of those in config
	system      *actor.ActorSystem
	log         *slog.Logger
	self        messages.PeerID
	incarnation uint64

	peer, neighborhood, n2n, rendezvous *actor.PID
}

// inbox is how the outside (a transport, a clock, a rendezvous) posts to an actor.
// It drops what comes after the actor has stopped.
type inbox struct {
	system *actor.ActorSystem
	pid    *actor.PID
	closed atomic.Bool
}

func newInbox(ctx actor.Context) *inbox {
	return &inbox{system: ctx.ActorSystem(), pid: ctx.Self()}
}

func (i *inbox) post(message any) {
	if !i.closed.Load() {
		i.system.Root.Send(i.pid, message)
	}
}

func (i *inbox) close() { i.closed.Store(true) }

// after posts message to the inbox after d.
func (s *shell) after(i *inbox, d time.Duration, message any) Timer {
	return s.world.Clock.AfterFunc(d, func() { i.post(message) })
}
