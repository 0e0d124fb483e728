package protocoltest

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Network runs the handlers of many peers in one event loop. The same seed and
// the same calls give the same run. Set the fields before the first peer is added.
type Network struct {
	// Latency draws the time of one hop. Default: 5 to 50 ms, uniform.
	Latency func(r *rand.Rand) time.Duration
	// Fault decides how a request ends that would have succeeded. Nil: it succeeds.
	// It is called for each arc (from, to) that a peer opens on its own (OpOpen) or
	// because a neighbor asked it to (OpIntroduce, OpInvite).
	Fault func(op messages.Op, from, to messages.PeerID) error
	// Detect is the time until neighbors notice a crash. Default: 5 s.
	Detect time.Duration
	// OnEmit gets the events that handlers emit. It may be nil.
	OnEmit func(peer messages.PeerID, protocol string, event any)
	// Metrics sums what handlers count, as "<protocol>.<metric>". It also has the
	// numbers "rendezvous_dials" and "neighbor_dials".
	Metrics map[string]float64

	clock clock
	rand  *rand.Rand
	seed  uint64
	nodes map[messages.PeerID]*node
	order []messages.PeerID // the living peers, in PeerID order
	links map[[2]messages.PeerID]*link
	shut  bool // the rendezvous cannot be reached
}

// The constants of the simplified runtime.
const (
	deadline = 10 * time.Second
	linger   = time.Minute
	farewell = 2 * time.Second
)

// NewNetwork returns an empty network.
func NewNetwork(seed uint64) *Network {
	return &Network{
		Latency: func(r *rand.Rand) time.Duration {
			return 5*time.Millisecond + time.Duration(r.Int64N(int64(45*time.Millisecond)))
		},
		Detect:  5 * time.Second,
		Metrics: map[string]float64{},
		clock:   clock{now: Epoch}, rand: rand.New(rand.NewPCG(seed, 1)), seed: seed,
		nodes: map[messages.PeerID]*node{}, links: map[[2]messages.PeerID]*link{},
	}
}

// node is one peer.
type node struct {
	id     messages.PeerID
	entry  int // counts the peers in the order in which they were added
	procs  []*proc
	alive  bool
	silent bool
}

func (n *node) proc(name string) *proc {
	for _, p := range n.procs {
		if p.Name == name && !p.stopped {
			return p
		}
	}
	return nil
}

// link is a connection between two peers, or an attempt to make one.
type link struct {
	living  bool
	unused  time.Time     // since when the connection lingers
	last    [2]time.Time  // when the last message arrives, by direction
	waiting []func(error) // opens that wait for the attempt
}

func key(a, b messages.PeerID) ([2]messages.PeerID, int) {
	if b.Less(a) {
		return [2]messages.PeerID{b, a}, 1
	}
	return [2]messages.PeerID{a, b}, 0
}

// Add starts a peer that runs protocols and enters the room of the rendezvous.
func (n *Network) Add(peer messages.PeerID, list ...protocols.Protocol) {
	node := &node{id: peer, alive: true, entry: len(n.nodes)}
	n.nodes[peer] = node
	i, _ := slices.BinarySearchFunc(n.order, peer, messages.PeerID.Compare)
	n.order = slices.Insert(n.order, i, peer)
	for i, p := range list {
		c := &proc{Protocol: p, network: n, node: node, told: map[string]*protocols.View{p.Name: {}}, truth: &protocols.View{}}
		c.sent, c.heard = map[messages.PeerID]uint64{}, map[messages.PeerID]uint64{}
		c.rand = rand.New(rand.NewPCG(n.seed, uint64(node.entry)<<8|uint64(i)|1<<40))
		for _, seen := range p.Sees {
			c.told[seen] = &protocols.View{}
		}
		c.handler = p.New()
		node.procs = append(node.procs, c)
	}
	for _, c := range node.procs {
		c.post(messages.Started{})
	}
}

// members draws peers of the room: those that entered before the asker, or any
// others if there are none.
func (n *Network) members(asker *node, count int) []messages.PeerID {
	var earlier, others []messages.PeerID
	for _, p := range n.order {
		switch entry := n.nodes[p].entry; {
		case entry < asker.entry:
			earlier = append(earlier, p)
		case entry > asker.entry:
			others = append(others, p)
		}
	}
	if len(earlier) > 0 {
		others = earlier
	}
	n.rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	return others[:min(count, len(others))]
}

// Peers lists the living peers in PeerID order.
func (n *Network) Peers() []messages.PeerID { return slices.Clone(n.order) }

// Now returns the virtual time.
func (n *Network) Now() time.Time { return n.clock.now }

// Run lets time pass.
func (n *Network) Run(d time.Duration) {
	by := n.clock.now.Add(d)
	for e := n.clock.next(by); e != nil; e = n.clock.next(by) {
		e.do()
	}
	n.clock.now = by
}

// Settle runs until nothing is under way. Timers of handlers wait meanwhile.
func (n *Network) Settle() {
	var late []*entry
	for {
		e := n.clock.nextBut(&late)
		if e == nil {
			break
		}
		e.do()
	}
	for _, e := range late {
		n.clock.push(e)
	}
}

// Tell tells an event to a protocol of a peer, as the peer's handle does.
func (n *Network) Tell(peer messages.PeerID, protocol string, event any) {
	if c := n.nodes[peer].proc(protocol); c != nil {
		c.post(messages.Told{Event: event})
	}
}

// CloseRendezvous makes the rendezvous unreachable for all peers.
func (n *Network) CloseRendezvous() { n.shut = true }

// Silence lets a peer's handlers get nothing, as if they hung. Its connections
// stay, and neighbors can still make it open arcs.
func (n *Network) Silence(peer messages.PeerID) { n.nodes[peer].silent = true }

// Crash ends a peer without notice.
func (n *Network) Crash(peer messages.PeerID) {
	n.remove(n.nodes[peer], n.Detect, messages.CauseCrashed)
}

// Leave tells a peer's handlers to leave, and then ends the peer.
func (n *Network) Leave(peer messages.PeerID) {
	node := n.nodes[peer]
	for _, c := range node.procs {
		if !c.stopped {
			c.leaving = true
			c.post(messages.Leaving{Deadline: n.clock.now.Add(farewell)})
		}
	}
	n.clock.after(farewell, false, func() { n.remove(node, n.Latency(n.rand), messages.CauseLeft) })
}

func (n *Network) remove(gone *node, notice time.Duration, cause messages.Cause) {
	if !gone.alive {
		return
	}
	gone.alive = false
	n.order = slices.DeleteFunc(n.order, func(p messages.PeerID) bool { return p == gone.id })
	for _, other := range n.order {
		k, dir := key(gone.id, other)
		l := n.links[k]
		if l == nil {
			continue
		}
		// The news that a peer leaves does not overtake its earlier messages.
		n.clock.after(max(notice, l.last[dir].Sub(n.clock.now)), false, func() {
			if n.links[k] == l {
				delete(n.links, k)
				n.down(n.nodes[other], gone.id, l, cause)
			}
		})
	}
}

// down tells the protocols of a peer that a link is lost.
func (n *Network) down(node *node, peer messages.PeerID, l *link, cause messages.Cause) {
	for _, done := range l.waiting {
		done(messages.ErrClosed)
	}
	for _, c := range node.procs {
		out, in := c.truth.Out.Count(peer), c.truth.In.Count(peer)
		if out+in == 0 {
			continue
		}
		c.truth.Out.Set(protocols.Arc{Peer: peer})
		c.truth.In.Set(protocols.Arc{Peer: peer})
		c.tell(messages.PeerDown{Peer: peer, Out: out, In: in, Cause: cause})
		for range out {
			c.tell(messages.ArcClosed{Peer: peer, Dir: messages.Out, Cause: cause})
		}
		for range in {
			c.tell(messages.ArcClosed{Peer: peer, Dir: messages.In, Cause: cause})
		}
	}
}

// link returns the living link between two peers, or nil. An unused link is gone
// after a minute.
func (n *Network) link(a, b messages.PeerID) *link {
	k, _ := key(a, b)
	l := n.links[k]
	if l == nil || !l.living {
		return nil
	}
	if !n.used(a, b) && n.clock.now.Sub(l.unused) > linger {
		delete(n.links, k)
		return nil
	}
	return l
}

// used reports whether one end holds arcs to the other.
func (n *Network) used(a, b messages.PeerID) bool {
	holds := func(from, to messages.PeerID) bool {
		return slices.ContainsFunc(n.nodes[from].procs, func(c *proc) bool { return c.truth.Out.Count(to) > 0 })
	}
	return holds(a, b) || holds(b, a)
}

// transmit runs do at the other end of a link. The order of the calls is kept.
func (n *Network) transmit(from, to messages.PeerID, do func()) bool {
	l := n.link(from, to)
	if l == nil {
		return false
	}
	_, dir := key(from, to)
	at := n.clock.now.Add(n.Latency(n.rand))
	if at.Before(l.last[dir]) {
		at = l.last[dir]
	}
	l.last[dir] = at
	k, _ := key(from, to)
	n.clock.after(at.Sub(n.clock.now), false, func() {
		if n.links[k] == l && n.nodes[to].alive {
			do()
		}
	})
	return true
}

// dial makes a connection, and calls done when it is there or has failed. Several
// callers share one attempt.
func (n *Network) dial(from, to, via messages.PeerID, done func(error)) {
	switch target := n.nodes[to]; {
	case target == nil, via.IsZero() && n.shut:
		done(messages.ErrUnknownPeer)
		return
	case !target.alive:
		return // no peer answers, and the request ends at its deadline
	}
	k, _ := key(from, to)
	l := n.links[k]
	if l != nil && !l.living {
		l.waiting = append(l.waiting, done)
		return
	}
	if via.IsZero() {
		n.Metrics["rendezvous_dials"]++
	} else {
		n.Metrics["neighbor_dials"]++
	}
	l = &link{waiting: []func(error){done}}
	n.links[k] = l
	n.clock.after(4*n.Latency(n.rand), false, func() {
		if n.links[k] != l {
			return
		}
		if !n.nodes[from].alive || !n.nodes[to].alive {
			delete(n.links, k)
			return
		}
		l.living, l.unused = true, n.clock.now
		waiting := l.waiting
		l.waiting = nil
		for _, done := range waiting {
			done(nil)
		}
	})
}
