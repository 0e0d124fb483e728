package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Snapshot is what a peer's actors know at one moment each.
type Snapshot struct {
	ID          messages.PeerID
	Incarnation uint64
	// Views are the arcs of each protocol.
	Views map[string]protocols.View
	// Connections are the other ends of the living connections with arcs,
	// Lingering of those without, Pending of the attempts under way. PeerID order.
	Connections, Lingering, Pending []messages.PeerID
	// Counters are sums since the start, by name; those of a protocol are
	// "<protocol>.<metric>".
	Counters map[string]float64
}

// collect travels through the actors of a peer; each adds what it knows.
type collect struct {
	snapshot *Snapshot
	route    []*actor.PID // still to visit
	done     func(Snapshot)
}

// pass hands the snapshot to the next actor, or to the one who asked.
func (c collect) pass(ctx actor.Context) {
	if len(c.route) == 0 {
		c.done(*c.snapshot)
		return
	}
	next := c.route[0]
	c.route = c.route[1:]
	ctx.Send(next, c)
}

func (n *n2n) collect(c collect) {
	n.tally.into(c.snapshot.Counters)
	c.pass(n.ctx)
}

func (n *neighborhood) collect(c collect) {
	n.tally.into(c.snapshot.Counters)
	s := c.snapshot
	for _, r := range n.protocols {
		s.Views[r.name] = protocols.View{}
	}
	for _, peer := range n.peers() {
		l := n.links[peer]
		if l.attempt != nil {
			s.Pending = append(s.Pending, peer)
		}
		k := l.living
		switch {
		case k == nil:
			continue
		case k.used():
			s.Connections = append(s.Connections, peer)
		default:
			s.Lingering = append(s.Lingering, peer)
		}
		for _, e := range k.ledgers {
			if r := n.protocols[e.number]; r != nil {
				v := s.Views[r.name]
				v.Out.Set(protocols.Arc{Peer: peer, Count: e.ledger.out, Locks: e.ledger.locks})
				v.In.Set(protocols.Arc{Peer: peer, Count: e.ledger.in})
				s.Views[r.name] = v
			}
		}
	}
	c.pass(n.ctx)
}
