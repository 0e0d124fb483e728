package live

import (
	"context"
	"slices"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Source is the program that knows of an overlay.
type Source interface {
	// State tells of a room as it is now. It is called at most twice a second a
	// room, never at the same time for the same room, and is to return when ctx is
	// done at the latest, which is after a second.
	State(ctx context.Context, room string) State
}

// State is what a Source knows of a room. It is not changed afterwards.
type State struct {
	// Peers are the program's own. An arc with one of them at an end is what that
	// peer says, whatever reports do; an arc between two of them is what its holder
	// says. Order: as they are to be drawn when there are too many.
	Peers []Peer
	// Members are peers that are there, of which nothing else is known.
	Members []messages.PeerID
	// Gone is how those of Peers ended that did so not long ago. They are not shown,
	// even if their neighbours have not noticed yet.
	Gone map[messages.PeerID]How
	// Lost is how other peers ended, as those of Peers say, if that is known.
	Lost map[messages.PeerID]How
	// Serving: the signaling server lets peers in.
	Serving bool
}

// Kind is what a peer is.
type Kind string

// The kinds of peers. One that no page has reported is taken for Go.
const (
	Go  Kind = "go"
	Tab Kind = "tab"
)

// How is how a peer went.
type How string

// The ways to go. Lost: nobody knows.
const (
	Crashed How = "crashed"
	Left    How = "left"
	Lost    How = "lost"
)

// Peer is what is known of a peer.
type Peer struct {
	ID          messages.PeerID
	Name        string // for people
	Kind        Kind
	Views       map[string]View   // of each protocol that runs, by its name
	Connections []messages.PeerID // living, with arcs
	Lingering   []messages.PeerID // living, without
	Pending     []messages.PeerID // under way
	Counters    map[string]float64
}

// View is the arcs of a protocol on a peer.
type View struct{ Out, In []Arc }

// Arc is the arcs of one direction to one peer.
type Arc struct {
	Peer  messages.PeerID
	Count int // above 0
}

// PeerOf is a peer of this process, as it sees itself.
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

// held is how many arcs the peer holds.
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
