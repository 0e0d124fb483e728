package lab

import (
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/faults"
)

// board passes signals directly between the peers of a lab, while a connect asks
// for it. Peers of a real world call it from many goroutines.
type board struct {
	faults   *faults.Faults
	settings *settings

	mu         sync.Mutex
	doors      map[messages.PeerID]*door  // of the peers that have not left
	connecting map[[2]messages.PeerID]int // connects under way, from and to
	held       []heldSignal
}

type heldSignal struct {
	from, to messages.PeerID
	signal   *messages.Signal
}

func newBoard(f *faults.Faults) *board {
	return &board{
		faults: f, settings: newSettings(), doors: map[messages.PeerID]*door{}, connecting: map[[2]messages.PeerID]int{},
	}
}

// fit puts the board between a peer and its world.
func (b *board) fit(world actors.World) actors.World {
	self := world.Identity.ID()
	d := &door{board: b, self: self, clock: world.Clock, service: world.Rendezvous, jobs: map[uint64]bool{}}
	b.mu.Lock()
	b.doors[self] = d
	b.mu.Unlock()
	world.Rendezvous = d
	world.Clock = clock{world.Clock, b.settings}
	return world
}

// door returns the door of a peer that has not left.
func (b *board) door(id messages.PeerID) *door {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.doors[id]
}

// connect lets a's offers to b be handed over directly, until undo is called.
func (b *board) connect(from, to messages.PeerID) (undo func()) {
	way := [2]messages.PeerID{from, to}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.connecting[way]++
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.connecting[way]--; b.connecting[way] == 0 {
			delete(b.connecting, way)
		}
	}
}

// handOver passes a signal on to a peer of the process. The caller holds the lock.
func (b *board) handOver(from *door, s *messages.Signal) {
	to := messages.PeerID(s.GetTo())
	switch {
	case b.doors[to] == nil:
		from.events(&messages.Gone{Peer: s.GetTo(), Job: s.GetJob()})
	case b.faults.Severed(from.self, to):
	case b.faults.Cut(from.self, to):
		b.held = append(b.held, heldSignal{from.self, to, s})
	default:
		s = proto.Clone(s).(*messages.Signal)
		from.clock.AfterFunc(travel, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			if d := b.doors[to]; d != nil && !b.faults.Severed(from.self, to) {
				d.handed(s)
			}
		})
	}
}

// release delivers the signals that the faults do not hold up any more.
func (b *board) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.held
	b.held = nil
	for _, h := range held {
		if d := b.doors[h.from]; d != nil {
			b.handOver(d, h.signal)
		}
	}
}

// unlinked reports whether the link of a member to the service is lost.
func (b *board) unlinked() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, d := range b.doors {
		if d.inside && !d.linked && !b.faults.Silent(id) {
			return true
		}
	}
	return false
}

// linked counts the peers that are in a room of the signaling service.
func (b *board) linked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, d := range b.doors {
		if d.linked {
			n++
		}
	}
	return n
}

// unlink notes that the signaling service has gone.
func (b *board) unlink() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.doors {
		d.linked = false
	}
}
