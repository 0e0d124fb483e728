package live

import (
	"maps"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// scene is what is known at a moment: the program's own peers, the reports, and the
// picture of both.
type scene struct {
	*picture
	own         map[messages.PeerID]*Peer
	reported    map[messages.PeerID]*Peer
	known       []*Peer // the two, in order
	gone, lost  map[messages.PeerID]How
	hiddenPeers int
}

// newScene lays the reports, in order, on what the program says.
func newScene(state State, reports []*Peer, numbers *numbers) *scene {
	s := &scene{
		picture: newPicture(), own: map[messages.PeerID]*Peer{}, reported: map[messages.PeerID]*Peer{},
		gone: state.Gone, lost: state.Lost,
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
	indexes := s.nameProtocols()
	for _, p := range s.known {
		s.drawArcs(p, numbers, indexes)
		s.drawConnections(p, numbers)
	}
	numbers.forget(s.picture)
	return s
}

// drawPeers draws the peers that are known, then members, and then who has arcs or a
// connection with the program's own. What only a report mentions is not drawn.
func (s *scene) drawPeers(members []messages.PeerID, numbers *numbers) {
	seen := map[messages.PeerID]bool{}
	draw := func(p Peer) {
		if seen[p.ID] || s.gone[p.ID] != "" {
			return
		}
		seen[p.ID] = true
		if len(s.peers) == maxPeers {
			s.hiddenPeers++
			s.hidden++
			return
		}
		n := numbers.take(p)
		s.peers[n.N] = n
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

// nameProtocols returns the indexes of the protocols with arcs, those of the
// program's own peers first if there are too many.
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

// drawArcs draws the arcs that a peer is to tell of: those it holds and those held to
// it, unless another knows better. One of the program's own peers knows better than a
// report, the holder of an arc better than its target.
func (s *scene) drawArcs(p *Peer, numbers *numbers, indexes map[string]int) {
	own := s.own[p.ID] != nil
	for _, name := range p.names() {
		index, shown := indexes[name]
		draw := func(from, to messages.PeerID, count int) {
			key := arcKey{s.number(from, numbers), s.number(to, numbers), index}
			switch _, again := s.arcs[key]; {
			case s.gone[from] != "" || s.gone[to] != "":
			case !shown || key.from == 0 || key.to == 0 || !again && len(s.arcs) == maxArcs:
				s.hidden++
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
func (s *scene) drawConnections(p *Peer, numbers *numbers) {
	for _, id := range slices.Concat(p.Connections, p.Lingering) {
		key := linkOf(s.number(p.ID, numbers), s.number(id, numbers))
		if s.own[p.ID] == nil && s.own[id] != nil || key.a == 0 || len(s.connections) == maxArcs && !s.connections[key] {
			continue
		}
		s.connections[key] = true
	}
}

// number is the number of a peer that is drawn, or 0.
func (s *scene) number(id messages.PeerID, numbers *numbers) int {
	n := numbers.number(id)
	if _, drawn := s.peers[n]; !drawn {
		return 0
	}
	return n
}

// how a peer that is not in the picture any more went.
func (s *scene) how(id messages.PeerID) How {
	if how := s.gone[id]; how != "" {
		return how
	}
	if how := s.lost[id]; how != "" {
		return how
	}
	return Lost
}
