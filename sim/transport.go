package sim

import (
	"cmp"
	"strconv"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// transport makes a node's simulated connections.
type transport node

func (t *transport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	n := (*node)(t)
	n.made++
	c := &conn{connID: connID{n.start, n.made}, node: n, remote: remote, events: events}
	n.conns = append(n.conns, c)
	if w := n.world; w.apart && len(w.workers) > 1 {
		n.worker.made = append(n.worker.made, c)
	} else {
		w.conns[c.connID] = c
	}
	return c
}

func (t *transport) Close() {
	n := (*node)(t)
	if n.ended {
		return
	}
	n.ended = true
	for len(n.conns) > 0 {
		n.conns[0].Close(false)
	}
}

// connID names one end of a connection of a world: the start of a node, and its number
// among those of the node.
type connID struct {
	start  uint64
	number uint32
}

func (i connID) compare(o connID) int {
	return cmp.Or(cmp.Compare(i.start, o.start), cmp.Compare(i.number, o.number))
}

func (i connID) String() string {
	return strconv.FormatUint(i.start, 10) + "." + strconv.FormatUint(uint64(i.number), 10)
}
