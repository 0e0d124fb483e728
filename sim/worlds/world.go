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

// World is where peers live. One goroutine drives it. Subscribers are called within
// calls of the World and of its Peers.
type World interface {
	// Name is sim or wrtc.
	Name() string
	// Identity makes the identity with a number. If keys are real, it is another one
	// each time.
	Identity(number uint64) actors.Identity
	// Start starts a peer, which is in no room and runs no protocol.
	Start(Start) (Peer, error)

	// Run lets time pass, until d is over or ctx is done. An error says that the world
	// broke.
	Run(ctx context.Context, d time.Duration) error
	// Settle returns when the messages sent to the actors of peers have had all their
	// effects, except those that take time.
	Settle(peers ...Peer)
	// Elapsed is the time since the start of the world.
	Elapsed() time.Duration

	// Faults are the faults of the network. Any goroutine may read them.
	Faults() *faults.Faults
	// Between describes the connections between two peers.
	Between(a, b messages.PeerID) Between
	// StopServer stops the signaling service, StartServer starts it again: members
	// then link to it again by themselves.
	StopServer() error
	StartServer() error
	// Members is how many peers the service has in its rooms.
	Members() int

	// Totals are sums since the start.
	Totals() Totals
	// TraceHash is empty if the world has none.
	TraceHash() string
	// Close ends the peers that are left, and frees all that the world holds.
	Close() error
}

// Start describes a peer to start.
type Start struct {
	Identity actors.Identity
	Config   actors.Config
	// Fit changes what the peer gets from the world. Nil: nothing.
	Fit func(actors.World) actors.World
}

// Between describes the connections between two peers.
type Between = sim.Between

// Totals are a world's sums. What it cannot count is 0.
type Totals struct {
	Events        uint64 // deliveries and timers
	ActorMessages uint64
	Turns         uint64 // events that handlers got
	FramesSent    uint64 // along connections
	BytesSent     uint64 // of the messages of protocols, encoded
	Lost          uint64 // messages of the lossy class, and signals
	ServerSignals uint64 // that the signaling service passed on
}

// Peer is a peer in a world. No method but Spawn, Remove and Snapshot waits.
type Peer interface {
	ID() messages.PeerID
	// Join begins to enter a room of the signaling service. Protocols learn how
	// that ends.
	Join(room string)
	// Spawn starts a protocol, Remove ends one.
	Spawn(protocols.Protocol) error
	Remove(protocol string) error
	// Subscribe calls notify with what a protocol emits, SubscribeConnections with the
	// events of the peer's connections.
	Subscribe(protocol string, notify func(event any)) (cancel func())
	SubscribeConnections(notify func(event any)) (cancel func())
	// Tell hands an event to a protocol. It returns an error if nobody gets it.
	Tell(protocol string, event any) error
	// Command gives a protocol one of the commands of package messages. The error is
	// ErrNoProtocol.
	Command(protocol string, command any) error
	// Snapshot returns what the peer knows.
	Snapshot() (actors.Snapshot, error)
	// Retime changes Config.RequestTimeout and Config.Linger for what begins from now on.
	Retime(requestTimeout, linger time.Duration) error
	// Leave begins to take leave; Crash ends the peer without a word.
	Leave()
	Crash()
	// Done is closed when the peer has ended. Err says why then, nil after Leave.
	Done() <-chan struct{}
	Err() error
}
