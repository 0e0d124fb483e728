package live

import (
	"cmp"
	"maps"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// scene is all that is known at one moment: the program's own peers, the reports, and
// the picture of both.
type scene struct {
	*picture
	own        map[messages.PeerID]*Peer
	reported   map[messages.PeerID]*Peer
	known      []*Peer                 // both, in order
	drawn      map[messages.PeerID]int // the numbers of the peers; 0: hidden
	gone, lost map[messages.PeerID]How
}

// newScene combines the program's state with the reports, in order, and draws the
// peers.
func newScene(state State, reports []*Peer, numbers *numbers) *scene {
	s := &scene{
		picture: newPicture(), own: map[messages.PeerID]*Peer{}, reported: map[messages.PeerID]*Peer{},
		drawn: map[messages.PeerID]int{}, gone: state.Gone, lost: state.Lost,
	}
	for i := range state.Peers {
		p := &state.Peers[i]
		s.own[p.ID] = p
		s.known = append(s.known, p)
	}
	for _, p := range reports {
		if s.own[p.ID] == nil && s.gone[p.ID] == "" {
			s.reported[p.ID] = p
			s.known = append(s.known, p)
		}
	}
	s.drawPeers(state.Members, numbers)
	numbers.forget(s.picture)
	return s
}

// finish draws the arcs and connections between the peers.
func (s *scene) finish() *scene {
	indexes := s.nameProtocols()
	for _, p := range s.known {
		s.drawArcs(p, indexes)
		s.drawConnections(p)
	}
	return s
}

// drawPeers draws the known peers, then members, and then peers that have arcs or a
// connection with the program's own peers. A peer that only a report mentions is not
// drawn.
func (s *scene) drawPeers(members []messages.PeerID, numbers *numbers) {
	draw := func(p Peer) {
		if _, again := s.drawn[p.ID]; again || s.gone[p.ID] != "" {
			return
		}
		if len(s.peers) == maxPeers {
			s.drawn[p.ID] = 0
			s.hidden.peers++
			return
		}
		n := numbers.take(p)
		s.peers[n.N] = n
		s.drawn[p.ID] = n.N
	}
	for _, p := range s.known {
		draw(*p)
	}
	for _, id := range members {
		draw(Peer{ID: id})
	}
	for _, p := range s.known {
		if s.own[p.ID] != nil {
			p.mentions(func(id messages.PeerID) { draw(Peer{ID: id}) })
		}
	}
}

// nameProtocols returns the indexes of the protocols with arcs. If there are too
// many, those of the program's own peers come first.
func (s *scene) nameProtocols() map[string]int {
	chosen := map[string]int{}
	for _, p := range s.known {
		for _, name := range p.names() {
			if view := p.Views[name]; len(view.Out)+len(view.In) > 0 && len(chosen) < maxProtocols {
				chosen[name] = 0
			}
		}
	}
	s.protocols = slices.Sorted(maps.Keys(chosen))
	for i, name := range s.protocols {
		chosen[name] = i
	}
	return chosen
}

// drawArcs draws the arcs for which a peer is the best source, among those that it
// holds and those held to it. One of the program's own peers is a better source than
// a report, and the holder of an arc a better one than its target.
func (s *scene) drawArcs(p *Peer, indexes map[string]int) {
	own := s.own[p.ID] != nil
	for _, name := range p.names() {
		index, shown := indexes[name]
		draw := func(from, to messages.PeerID, count int) {
			key := arcKey{s.drawn[from], s.drawn[to], index}
			switch _, again := s.arcs[key]; {
			case s.gone[from] != "" || s.gone[to] != "":
			case !shown || key.from == 0 || key.to == 0 || !again && len(s.arcs) == maxArcs:
				s.hidden.arcs++
			default:
				s.arcs[key] = count
			}
		}
		for _, arc := range p.Views[name].Out {
			if own || s.own[arc.Peer] == nil {
				draw(p.ID, arc.Peer, arc.Count)
			}
		}
		for _, arc := range p.Views[name].In {
			if s.own[arc.Peer] == nil && (own || s.reported[arc.Peer] == nil) {
				draw(arc.Peer, p.ID, arc.Count)
			}
		}
	}
}

// drawConnections draws a peer's connections, with those that linger.
func (s *scene) drawConnections(p *Peer) {
	for _, id := range slices.Concat(p.Connections, p.Lingering) {
		key := linkOf(s.drawn[p.ID], s.drawn[id])
		if s.own[p.ID] == nil && s.own[id] != nil || key.a == 0 || len(s.connections) == maxArcs && !s.connections[key] {
			continue
		}
		s.connections[key] = true
	}
}

// how returns how a peer that is no longer in the picture went. left says that its
// page withdrew the report.
func (s *scene) how(id messages.PeerID, left bool) How {
	switch {
	case s.gone[id] != "":
		return s.gone[id]
	case left:
		return Left
	default:
		return cmp.Or(s.lost[id], Lost)
	}
}
