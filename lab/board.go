package lab

import (
	"maps"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// board is what the peers of a lab pass by at their ports: it hands over signals
// between them, and knows what is under way on their connections. Peers of a
// real world call it from many goroutines.
type board struct {
	traits   traits
	settings *settings

	mu         sync.Mutex
	faults     faults
	conns      map[*conn]struct{}         // that have not ended
	described  map[string]*conn           // by the offer or answer they made
	doors      map[messages.PeerID]*door  // of the peers that have not left
	connecting map[[2]messages.PeerID]int // connects under way, from and to
	held       []heldSignal
	wire       map[string]int // messages that were sent, by kind
}

type heldSignal struct {
	from, to messages.PeerID
	signal   *messages.Signal
}

func newBoard(t traits) *board {
	return &board{
		traits: t, settings: newSettings(),
		faults: faults{silent: map[messages.PeerID]bool{}, held: map[pair]bool{}},
		conns:  map[*conn]struct{}{}, described: map[string]*conn{}, doors: map[messages.PeerID]*door{},
		connecting: map[[2]messages.PeerID]int{}, wire: map[string]int{},
	}
}

// fit puts the board between a peer and its world.
func (b *board) fit(world actors.World) actors.World {
	self := world.Identity.ID()
	d := &door{board: b, self: self, clock: world.Clock, service: world.Rendezvous, jobs: map[uint64]bool{}}
	b.mu.Lock()
	b.doors[self] = d
	b.mu.Unlock()
	world.Transport = &transport{board: b, self: self, inner: world.Transport}
	world.Rendezvous = d
	world.Clock = clock{world.Clock, b.settings}
	return world
}

// door returns the way in to a peer that has not left.
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
	case b.faults.severed(from.self, to):
	case b.faults.cut(from.self, to):
		b.held = append(b.held, heldSignal{from.self, to, s})
	default:
		b.wire["direct "+kindOf(s)]++
		s = proto.Clone(s).(*messages.Signal)
		if b.traits.handOver == 0 {
			b.doors[to].handed(s)
			return
		}
		from.clock.AfterFunc(b.traits.handOver, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			if d := b.doors[to]; d != nil && !b.faults.severed(from.self, to) {
				d.handed(s)
			}
		})
	}
}

// change changes the faults, and lets pass what no longer is held up.
func (b *board) change(f func(*faults)) {
	b.mu.Lock()
	f(&b.faults)
	held := b.held
	b.held = nil
	for _, h := range held {
		if d := b.doors[h.from]; d != nil {
			b.handOver(d, h.signal)
		}
	}
	if b.traits.gated {
		for c := range b.conns {
			c.faultsChanged()
		}
	}
	b.mu.Unlock()
}

// cut reports whether nothing passes between two peers: the script has cut them
// off, or all that is between them is a connection whose other end is gone
// without a word.
func (b *board) cut(x, y messages.PeerID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.faults.cut(x, y) {
		return true
	}
	orphans := 0
	for c := range b.conns {
		if c.self != x && c.self != y || c.remote != x && c.remote != y || !c.opened {
			continue
		}
		if !c.orphan {
			return false
		}
		orphans++
	}
	return orphans > 0
}

// quiet reports whether nothing is under way between two peers: no message, and
// no word of a connection's end.
func (b *board) quiet(x, y messages.PeerID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		if c.self != x && c.self != y || c.remote != x && c.remote != y {
			continue
		}
		if o := c.other; c.opened && !c.orphan && o != nil && (o.ended || c.sent != o.got) {
			return false
		}
	}
	return true
}

// connected reports whether a peer has open connections to another, whose end
// it has not been told of.
func (b *board) connected(x, to messages.PeerID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		if c.self == x && c.remote == to && c.opened && !c.orphan {
			return true
		}
	}
	return false
}

// wires returns how many messages of each kind were sent so far.
func (b *board) wires() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.wire)
}

// kindOf names a message for the count of the wire's.
func kindOf(m proto.Message) string {
	if s, ok := m.(*messages.Signal); ok {
		switch s.GetBody().(type) {
		case *messages.Signal_Offer:
			return "Offer"
		case *messages.Signal_Answer:
			return "Answer"
		case *messages.Signal_Refusal:
			return "Refusal"
		}
	}
	return string(m.ProtoReflect().Descriptor().Name())
}

// unlinked reports whether the link of a member to the service is lost.
func (b *board) unlinked() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, d := range b.doors {
		if d.inside && !d.linked && !b.faults.silent[id] {
			return true
		}
	}
	return false
}

// linked is how many peers are in a room of the signaling service.
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

// relink notes that it is back, in a world where links stay.
func (b *board) relink() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.doors {
		if d.inside && !d.linked {
			d.linked = true
			d.again()
		}
	}
}

// unlink notes that the signaling service has gone.
func (b *board) unlink() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.doors {
		d.linked = false
	}
}
