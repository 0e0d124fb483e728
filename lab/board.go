package lab

import (
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/faults"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// board passes signals directly between the peers of a lab, while a connect asks
// for it. Peers of a real world call it from many goroutines.
type board struct {
	world  worlds.World
	faults *faults.Faults

	mu         sync.Mutex
	doors      map[messages.PeerID]*door  // of the peers that have not left
	connecting map[[2]messages.PeerID]int // connects under way, from and to
	held       []heldSignal
}

type heldSignal struct {
	from, to messages.PeerID
	signal   *messages.Signal
}

func newBoard(world worlds.World) *board {
	return &board{
		world: world, faults: world.Faults(), doors: map[messages.PeerID]*door{}, connecting: map[[2]messages.PeerID]int{},
	}
}

// Start implements worlds.Lobby.
func (b *board) Start(identity actors.Identity, config actors.Config) (worlds.Peer, error) {
	peer, err := b.world.Start(worlds.Start{Identity: identity, Config: config, Fit: b.fit})
	if err != nil {
		return nil, err
	}
	peer.Join(hall)
	return peer, nil
}

// fit puts the board between a peer and its world.
func (b *board) fit(world actors.World) actors.World {
	self := world.Identity.ID()
	d := &door{board: b, self: self, clock: world.Clock, service: world.Rendezvous, jobs: map[uint64]bool{}}
	b.mu.Lock()
	b.doors[self] = d
	b.mu.Unlock()
	world.Rendezvous = d
	return world
}

// Join implements worlds.Lobby, for a peer that has not left.
func (b *board) Join(peer messages.PeerID, room string) worlds.Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := &entry{door: b.doors[peer]}
	e.door.join(room, e.end)
	return e
}

// entry is a way of a door into a room. It is guarded by the board's lock.
type entry struct {
	door    *door
	contact messages.PeerID
	ended   bool
	err     error
}

func (e *entry) end(contact messages.PeerID, err error) {
	e.contact, e.ended, e.err = contact, true, err
}

// Ended implements worlds.Entry.
func (e *entry) Ended() (messages.PeerID, bool, error) {
	e.door.board.mu.Lock()
	defer e.door.board.mu.Unlock()
	return e.contact, e.ended, e.err
}

// Forsake implements worlds.Entry.
func (e *entry) Forsake() { e.door.forsake() }

// Connect lets a's offers to b be handed over directly, until undo is called.
func (b *board) Connect(from, to messages.PeerID) (undo func()) {
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

// Release delivers the signals that the faults do not hold up any more.
func (b *board) Release() {
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

// Unlinked reports whether the link of a member to the service is lost.
func (b *board) Unlinked() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, d := range b.doors {
		if d.inside && !d.linked && !b.faults.Silent(id) {
			return true
		}
	}
	return false
}

// Linked counts the peers that are in a room of the signaling service.
func (b *board) Linked() int {
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

// Unlink notes that the signaling service has gone.
func (b *board) Unlink() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.doors {
		d.linked = false
	}
}
