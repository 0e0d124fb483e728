package lab

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// World is where the peers of a lab live. The lab calls it from one goroutine.
type World interface {
	// Identity draws one more identity.
	Identity() actors.Identity
	// Start starts a peer. fit changes what it gets from the world before that.
	Start(identity actors.Identity, config actors.Config, fit func(actors.World) actors.World) (*actors.Peer, error)
	// Command sends a command to a protocol.
	Command(pid *actor.PID, command any)
	// Leave lets a peer take leave, and waits for nothing.
	Leave(peer *actors.Peer)

	// Elapsed is the time since the start.
	Elapsed() time.Duration
	// Pass lets at most a little time pass. An error says that the world broke.
	Pass() error

	// The faults, on top of which come those that the lab does itself.
	Partition(groups ...[]messages.PeerID)
	Repair()
	Silence(id messages.PeerID)
	Speak(id messages.PeerID)
	Hold(a, b messages.PeerID)
	Release(a, b messages.PeerID)
	// StopServer stops the signaling service, StartServer starts it again.
	StopServer() error
	StartServer() error
	// Members is how many peers the service has in its rooms; below 0 when it
	// does not say.
	Members() int

	// traits says what the lab has to do itself.
	traits() traits
	// Close frees what the world holds, once its peers have ended.
	Close() error
}

// traits are what the lab needs to know of a world.
type traits struct {
	// gated: the world knows no faults, the lab holds up messages itself.
	gated bool
	// relinks: after StartServer, members link to the service again by themselves.
	relinks bool
	// whole: all actors of the world run in one line, until it is empty.
	whole bool
	// handOver is how long a signal takes that is handed over directly.
	handOver time.Duration
}
