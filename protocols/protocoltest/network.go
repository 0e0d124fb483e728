package protocoltest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/arcs"
)

// Network runs the handlers of many peers in one event loop: it is a simulated world
// at the level of arcs (package sim/arcs). The same seed and the same calls give the
// same run. Set the fields before the first peer is added.
type Network struct {
	// Fastest and Slowest bound the time of one hop, which is uniform. Default: 5 and
	// 50 ms.
	Fastest, Slowest time.Duration
	// Fault returns the error with which an open from one peer to another ends, or
	// nil: the open is tried. It is asked for each arc that a protocol opens on its
	// own (OpOpen) or because a neighbor asked for it (OpIntroduce, OpInvite).
	Fault func(op messages.Op, from, to messages.PeerID) error
	// Detect is the time until neighbors notice a crash. Default: 5 s.
	Detect time.Duration
	// OnEmit gets the events that handlers emit. It may be nil.
	OnEmit func(peer messages.PeerID, protocol string, event any)
	// Metrics sums what handlers count, as "<protocol>.<metric>". It also has what
	// the world counts, such as "dials" and "rendezvous_dials".
	Metrics map[string]float64

	seed   uint64
	config actors.Config
	world  *arcs.World
	nodes  map[messages.PeerID]*node
	order  []messages.PeerID // the living peers, in PeerID order
}

// node is one peer.
type node struct {
	*arcs.Peer
	silent bool
}

// NewNetwork returns an empty network.
func NewNetwork(seed uint64) *Network {
	return &Network{
		Fastest: 5 * time.Millisecond, Slowest: 50 * time.Millisecond, Detect: 5 * time.Second,
		Metrics: map[string]float64{}, seed: seed, config: actors.DefaultConfig(), nodes: map[messages.PeerID]*node{},
	}
}

// begin makes the world when the first peer needs it: the fields are set by then.
func (n *Network) begin() *arcs.World {
	if n.world == nil {
		world, err := arcs.New(arcs.Config{
			Seed: n.seed, Fault: n.fault,
			Network: sim.Network{Latency: sim.Latency{Kind: "uniform", Min: n.Fastest, Max: n.Slowest}, Detection: n.Detect},
		})
		n.must(err)
		n.world = world
	}
	return n.world
}

func (n *Network) fault(op messages.Op, from, to messages.PeerID) error {
	if n.Fault == nil {
		return nil
	}
	return n.Fault(op, from, to)
}

// must ends a test whose network cannot go on: it is used in a wrong way, or a
// handler panicked.
func (n *Network) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("protocoltest: seed %d: %v", n.seed, err))
	}
}

// Add starts a peer that runs protocols and enters the room of the rendezvous.
func (n *Network) Add(peer messages.PeerID, list ...protocols.Protocol) {
	w := n.begin()
	if w.Silent(peer) {
		w.Speak(peer) // it has crashed before
	}
	p, err := w.Start(peer, &n.config)
	n.must(err)
	added := &node{Peer: p}
	for _, protocol := range list {
		_, err := p.Subscribe(protocol.Name, func(event any) { n.emitted(peer, protocol.Name, event) })
		n.must(err)
		if make := protocol.New; make != nil {
			protocol.New = func() protocols.Handler { return &hearing{make(), added} }
		}
		n.must(p.Spawn(&protocol))
	}
	n.nodes[peer] = added
	i, _ := slices.BinarySearchFunc(n.order, peer, messages.PeerID.Compare)
	n.order = slices.Insert(n.order, i, peer)
	p.Enter("room")
	n.look()
}

func (n *Network) emitted(peer messages.PeerID, protocol string, event any) {
	if n.OnEmit != nil {
		n.OnEmit(peer, protocol, event)
	}
}

// Peers lists the living peers in PeerID order.
func (n *Network) Peers() []messages.PeerID { return slices.Clone(n.order) }

// Now returns the virtual time.
func (n *Network) Now() time.Time { return n.begin().Now() }

// Run lets time pass.
func (n *Network) Run(d time.Duration) {
	n.must(n.begin().Run(d))
	n.look()
}

// Settle runs until nothing is under way. Timers of handlers wait meanwhile.
func (n *Network) Settle() {
	n.must(n.begin().Settle())
	n.look()
}

// look notes which peers have ended and what was counted.
func (n *Network) look() {
	n.must(n.world.Err())
	n.order = slices.DeleteFunc(n.order, func(p messages.PeerID) bool { return n.nodes[p].Ended() })
	maps.Copy(n.Metrics, n.world.Counters())
}

// Tell tells an event to a protocol of a peer, as the peer's handle does. It tells
// nobody when the protocol does not run.
func (n *Network) Tell(peer messages.PeerID, protocol string, event any) {
	_ = n.nodes[peer].Tell(protocol, event)
	n.look()
}

// CloseRendezvous makes the rendezvous unreachable for all peers.
func (n *Network) CloseRendezvous() { n.begin().StopServer() }

// Silence lets a peer's handlers get nothing, as if they hung. Its connections
// stay, and neighbors can still make it open arcs.
func (n *Network) Silence(peer messages.PeerID) { n.nodes[peer].silent = true }

// Crash ends a peer without notice.
func (n *Network) Crash(peer messages.PeerID) {
	n.world.Silence(peer)
	n.nodes[peer].Crash()
	n.look()
}

// Leave tells a peer's handlers to leave, and then ends the peer.
func (n *Network) Leave(peer messages.PeerID) {
	n.nodes[peer].Leave()
	n.look()
}

// View returns the arcs of a protocol on a living peer, as the network knows them.
func (n *Network) View(peer messages.PeerID, protocol string) protocols.View {
	return n.nodes[peer].View(protocol)
}

// Arcs returns the number of arcs of a protocol that living peers hold.
func (n *Network) Arcs(protocol string) int {
	sum := 0
	for _, p := range n.order {
		sum += n.View(p, protocol).Out.Len()
	}
	return sum
}

// Components returns the number of weakly connected components of the graph of
// living peers and the arcs of a protocol.
func (n *Network) Components(protocol string) int { return Components(n, protocol) }

// Check returns an error that names the rule of arcs that the views break, if there
// is one. Both ends of an arc must agree only when the network is settled.
func (n *Network) Check(protocol string, settled bool) error {
	if !settled {
		return Holds(n, protocol, NoSelf)
	}
	return Holds(n, protocol, NoSelf, Agree)
}
