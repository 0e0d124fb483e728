package worlds

import (
	"context"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/faults"
)

// World is where peers live. It is driven from one goroutine, and what its peers emit
// is told within its calls and those of its Peers.
type World interface {
	// Name is sim or wrtc.
	Name() string
	// Identity makes the identity of a number. Where keys are real, it is another one
	// each time.
	Identity(number uint64) actors.Identity
	// Start starts a peer, which is in no room and runs no protocol.
	Start(Start) (Peer, error)

	// Run lets time pass, until d is over or ctx is done. An error says that the world
	// broke.
	Run(ctx context.Context, d time.Duration) error
	// Settle returns when what was sent to the actors of peers has come to its end, as
	// far as no time has to pass.
	Settle(peers ...Peer)
	// Elapsed is the time since the start of the world.
	Elapsed() time.Duration

	// Faults are those of its network. They can be asked from any goroutine.
	Faults() *faults.Faults
	// Between says what there is between two peers.
	Between(a, b messages.PeerID) Between
	// StopServer stops the signaling service, StartServer starts it again: members
	// then link to it again by themselves.
	StopServer() error
	StartServer() error
	// Members is how many peers the service has in its rooms.
	Members() int

	// Totals are sums since the start.
	Totals() Totals
	// TraceHash is empty where there is none.
	TraceHash() string
	// Close ends what is left of the peers, and frees what the world holds.
	Close() error
}

// Start is a peer that is to start.
type Start struct {
	Identity actors.Identity
	Config   actors.Config
	// Fit changes what the peer gets from the world. Nil: nothing.
	Fit func(actors.World) actors.World
}

// Between is what there is between two peers.
type Between = sim.Between

// Totals are a world's sums. What it cannot count is 0.
type Totals struct {
	Events, ActorMessages, BytesSent uint64
}

// Peer is a peer in a world. No method but Spawn, Remove and Snapshot waits.
type Peer interface {
	ID() messages.PeerID
	// Join begins to enter a room of the signaling service. Protocols learn what
	// comes of it.
	Join(room string)
	// Spawn starts a protocol, Remove ends one.
	Spawn(protocols.Protocol) error
	Remove(protocol string) error
	// Subscribe calls notify with what a protocol emits, SubscribeConnections with the
	// events of the peer's connections.
	Subscribe(protocol string, notify func(event any)) (cancel func())
	SubscribeConnections(notify func(event any)) (cancel func())
	// Tell hands an event to a protocol. The error is that nobody hears of it.
	Tell(protocol string, event any) error
	// Command gives a protocol one of the commands of package messages. The error is
	// ErrNoProtocol.
	Command(protocol string, command any) error
	// Snapshot returns what the peer knows.
	Snapshot() (actors.Snapshot, error)
	// Leave begins to take leave; Crash ends the peer without a word.
	Leave()
	Crash()
	// Done is closed when the peer has ended. Err says why then, nil after Leave.
	Done() <-chan struct{}
	Err() error
}
