package sim

import (
	"cmp"
	"math/rand/v2"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// node is one start of a peer, as the world sees it.
type node struct {
	world    *World
	worker   *worker
	identity Identity
	id       messages.PeerID
	key      uint64 // the first bytes of id, to compare fast
	seq      uint64
	rand     *rand.Rand    // of the network
	conns    []*conn       // that have not ended
	made     uint32        // connections so far
	busy     time.Duration // until when its uplink is busy
	trace    *trace
	ended    bool
	start    uint64 // of those in the world, to tell two of one identity apart
}

func (n *node) before(o *node) bool { return n.compare(o) < 0 }

func (n *node) compare(o *node) int {
	return cmp.Or(cmp.Compare(n.key, o.key), n.id.Compare(o.id), cmp.Compare(n.start, o.start))
}

// moment is when a node did something.
type moment struct {
	at   time.Duration
	node *node
}

func (n *node) moment() moment { return moment{n.worker.now, n} }

func (m moment) compare(o moment) int {
	return cmp.Or(cmp.Compare(m.at, o.at), m.node.compare(o.node))
}

// post schedules an event that the node causes.
func (n *node) post(e *event) *event {
	n.seq++
	e.src, e.seq = n, n.seq
	k := e.dst.worker
	if n.world.apart && k != n.worker {
		n.worker.out[k.number] = append(n.worker.out[k.number], e)
	} else {
		k.events.push(e)
	}
	return e
}

// ask asks the signaling service: do happens once all peers have reached the end of a
// window, as it changes what several of them share. at is when the service has heard.
func (n *node) ask(do func(at time.Duration)) {
	leg := n.world.config.Network.Latency.Draw(n.rand)
	if n.world.apart {
		n.worker.asked = append(n.worker.asked, asking{n.moment(), leg, do})
	} else {
		do(n.worker.now + leg)
	}
}

// awaitLimit is how long in virtual time a call of a handle waits at most.
const awaitLimit = time.Minute

// await lets time pass for a call of the peer's handle, until it is done or the
// peer has ended.
func (n *node) await(done <-chan struct{}) {
	w := n.world
	end := w.now + awaitLimit
	for {
		w.drain()
		select {
		case <-done:
			return
		default:
		}
		if first, any := w.first(); n.ended || w.failed != nil || !any || first > end || !w.Step() {
			return
		}
	}
}

// clock is the time of a node.
type clock node

func (c *clock) Now() time.Time { return Epoch.Add(c.worker.now) }

func (c *clock) AfterFunc(d time.Duration, post func()) actors.Timer {
	n := (*node)(c)
	return n.post(&event{at: n.worker.now + max(0, d), dst: n, call: post})
}
