package loopback

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/faults"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// network stands between peers and their connections. It knows what is under way on
// them, and delays or drops it as the faults say. Peers call it on many goroutines.
type network struct {
	faults    *faults.Faults
	loss      faults.Loss
	detection time.Duration

	mu        sync.Mutex
	random    *rand.Rand
	conns     map[*conn]struct{} // that have not ended
	described map[string]*conn   // by the offer or answer they made
}

func newNetwork(config Config) *network {
	n := &network{
		loss: config.Loss, detection: config.Detection, random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		conns: map[*conn]struct{}{}, described: map[string]*conn{},
	}
	if n.detection == 0 {
		n.detection = faults.Detection
	}
	n.faults = faults.New(n.changed)
	return n
}

// between puts the network between a peer and its world.
func (n *network) between(world actors.World) actors.World {
	self := world.Identity.ID()
	world.Transport = &transport{network: n, self: self, inner: world.Transport}
	world.Rendezvous = &rendezvous{Rendezvous: world.Rendezvous, faults: n.faults, self: self}
	return world
}

// changed delivers the events that the faults do not hold up any more.
func (n *network) changed() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.watch()
		c.release()
	}
}

// look describes the connections between two peers.
func (n *network) look(a, b messages.PeerID) worlds.Between {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all worlds.Between
	orphans, whole := 0, 0
	for c := range n.conns {
		switch {
		case c.self != a && c.self != b || c.remote != a && c.remote != b || !c.opened:
			continue
		case c.orphan:
			orphans++
			continue
		}
		whole++
		all.Connected = all.Connected || c.self == a
		if o := c.other; o != nil && (o.ended || c.sent != o.got) {
			all.Busy = true
		}
	}
	all.Orphaned = orphans > 0 && whole == 0
	return all
}

// rendezvous is the link of a peer to the signaling service, which a silence cuts.
type rendezvous struct {
	actors.Rendezvous
	faults *faults.Faults
	self   messages.PeerID
}

// Enter implements actors.Rendezvous.
func (r *rendezvous) Enter(room string, events func(any)) {
	if r.faults.Silent(r.self) {
		return
	}
	r.Rendezvous.Enter(room, func(event any) {
		if !r.faults.Silent(r.self) {
			events(event)
		}
	})
}

// Contacts implements actors.Rendezvous.
func (r *rendezvous) Contacts(request uint64, n int) {
	if !r.faults.Silent(r.self) {
		r.Rendezvous.Contacts(request, n)
	}
}

// Signal implements actors.Rendezvous.
func (r *rendezvous) Signal(s *messages.Signal) {
	if !r.faults.Silent(r.self) {
		r.Rendezvous.Signal(s)
	}
}
