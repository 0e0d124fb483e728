package live

import (
	"context"
	"slices"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Source is the program that knows an overlay.
type Source interface {
	// State returns the state of a room. It is called at most twice a second for a
	// room, and never concurrently for one room. It must return when ctx is done,
	// which is after a second.
	State(ctx context.Context, room string) State
}

// State is all that a Source knows about a room. It must not be changed afterwards.
type State struct {
	// Peers are the program's own peers, in the order of drawing when there are too
	// many. If one end of an arc is among them, its data counts, whatever reports
	// say. If both are, the holder's data counts.
	Peers []Peer
	// Members are peers in the room of which only the PeerID is known.
	Members []messages.PeerID
	// Gone says how those of Peers that ended lately went. They are not shown, even
	// if their neighbours have not noticed yet.
	Gone map[messages.PeerID]How
	// Lost says how other peers went, as far as the program's peers know.
	Lost map[messages.PeerID]How
	// Serving says that the signaling server accepts peers.
	Serving bool
}

// Kind is the kind of a peer.
type Kind string

// The kinds of peers. A peer that no page has reported counts as Go.
const (
	Go  Kind = "go"
	Tab Kind = "tab"
)

// How is how a peer went.
type How string

// The ways in which a peer goes. Lost: the reason is unknown.
const (
	Crashed How = "crashed"
	Left    How = "left"
	Lost    How = "lost"
)

// Peer is all that is known of a peer.
type Peer struct {
	ID          messages.PeerID
	Name        string // for people
	Kind        Kind
	Views       map[string]View   // of each protocol that runs, by its name
	Connections []messages.PeerID // living connections with arcs
	Lingering   []messages.PeerID // living connections without arcs
	Pending     []messages.PeerID // connections under way
	Counters    map[string]float64
}

// View is the arcs of a protocol on a peer.
type View struct{ Out, In []Arc }

// Arc tells the arcs of one direction to one peer.
type Arc struct {
	Peer  messages.PeerID
	Count int // above 0
}

// PeerOf returns a peer of this process, made of its own snapshot.
func PeerOf(name string, s actors.Snapshot) Peer {
	p := Peer{
		ID: s.ID, Name: name, Kind: Go, Views: make(map[string]View, len(s.Views)),
		Connections: s.Connections, Lingering: s.Lingering, Pending: s.Pending, Counters: s.Counters,
	}
	for protocol, view := range s.Views {
		p.Views[protocol] = View{arcsOf(view.Out), arcsOf(view.In)}
	}
	return p
}

func arcsOf(arcs protocols.Arcs) []Arc {
	all := make([]Arc, 0, arcs.Distinct())
	for arc := range arcs.All() {
		all = append(all, Arc{arc.Peer, arc.Count})
	}
	return all
}

// names lists the protocols that a peer runs, in order.
func (p *Peer) names() []string {
	names := make([]string, 0, len(p.Views))
	for name := range p.Views {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// held returns how many arcs the peer holds.
func (p *Peer) held() int {
	n := 0
	for _, view := range p.Views {
		for _, arc := range view.Out {
			n += arc.Count
		}
	}
	return n
}

// mentions calls tell with the other ends of the peer's arcs and connections.
func (p *Peer) mentions(tell func(messages.PeerID)) {
	for _, name := range p.names() {
		for _, arc := range p.Views[name].Out {
			tell(arc.Peer)
		}
		for _, arc := range p.Views[name].In {
			tell(arc.Peer)
		}
	}
	for _, id := range p.Connections {
		tell(id)
	}
	for _, id := range p.Lingering {
		tell(id)
	}
}
