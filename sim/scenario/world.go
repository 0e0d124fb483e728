package scenario

import (
	"context"
	"time"

	"github.com/n2n-overlay/n2n/actors"
)

// World is where the peers of a scenario live. Peers have numbers, from 0 in the
// order of their start. Only Run lets time pass, as far as the world can help it.
type World interface {
	// Name is sim or wrtc.
	Name() string
	// Start starts a peer with the scenario's protocols and lets it enter. It does
	// not wait for that.
	Start(peer int) error
	// Crash ends a peer without a word.
	Crash(peer int)
	// Leave lets a peer begin to take leave.
	Leave(peer int)
	// Tell hands an event to a protocol of a peer.
	Tell(peer int, protocol string, event any)
	// Run lets time pass, until d is over or ctx is done.
	Run(ctx context.Context, d time.Duration) error
	// Elapsed is the time since the start of the world.
	Elapsed() time.Duration
	// Partition cuts groups of peers off from each other, Repair undoes it.
	Partition(groups [][]int) error
	Repair()
	// Snapshot returns what a peer knows.
	Snapshot(peer int) (actors.Snapshot, error)
	// Totals are sums since the start.
	Totals() Totals
	// TraceHash is empty where there is none.
	TraceHash() string
	// Close ends all peers.
	Close()
}

// Totals are a world's sums. What it cannot count is 0.
type Totals struct {
	Events, ActorMessages, BytesSent uint64
}

// Observer is told what peers emit: the events of their connections, with an empty
// protocol, and of the protocols that publish messages. It is called within the calls
// of World only.
type Observer func(peer int, protocol string, event any)
