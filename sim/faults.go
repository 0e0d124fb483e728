package sim

import (
	"fmt"
	"maps"
	"slices"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// faultsChanged sends the messages that need not wait any more, and starts or stops
// the clocks of connections whose ends are cut off.
func (w *World) faultsChanged() {
	for _, id := range slices.SortedFunc(maps.Keys(w.conns), connID.compare) {
		c := w.conns[id]
		if c.other == nil {
			continue
		}
		switch severed := w.Severed(c.node.id, c.other.node.id); {
		case c.ended:
		case severed && c.seldom().failing == nil && c.open:
			c.rarely().failing = c.tell(w.config.Network.DetectionTime(),
				actors.ConnClosed{Err: fmt.Errorf("nothing came from the other side any more")})
		case !severed && c.seldom().failing != nil && !c.other.ended: // else nothing will ever come
			c.stopFailing()
		}
		if held := c.seldom().held; len(held) > 0 && !w.Cut(c.node.id, c.other.node.id) {
			c.rare.held = nil
			for _, d := range held {
				d.at += w.now
				if d.class == protocols.Ordered {
					d.at = max(d.at, c.last[d.class])
					c.last[d.class] = d.at
				}
				c.node.post(&d.event)
			}
			if c.ended {
				delete(w.conns, c.connID)
			}
		}
	}
}

// Between describes the connections between two peers.
type Between struct {
	// Connected tells that the first has an open connection to the other and has not
	// been told of its end.
	Connected bool
	// Busy tells that a message, or the news of a connection's end, is under way.
	Busy bool
	// Orphaned tells that the other end of all their open connections is gone
	// without a word. They notice only after a time.
	Orphaned bool
}

// Between describes the connections between two peers.
func (w *World) Between(a, b messages.PeerID) Between {
	var all Between
	orphans, whole := 0, 0
	for i, pair := range [][2]messages.PeerID{{a, b}, {b, a}} {
		n := w.nodes[pair[0]]
		if n == nil {
			continue
		}
		for _, c := range n.conns {
			switch {
			case c.remote != pair[1] || !c.open:
				continue
			case c.orphan():
				orphans++
				continue
			}
			whole++
			all.Connected = all.Connected || i == 0
			if o := c.other; o != nil && (o.ended || c.sent != o.got) {
				all.Busy = true
			}
		}
	}
	all.Orphaned = orphans > 0 && whole == 0
	return all
}
