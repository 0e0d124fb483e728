package arcs

import "github.com/n2n-overlay/n2n/messages"

// Tables reads what some peers hold directly from the tables of the world. It must be
// used before the world goes on.
type Tables struct {
	world  *World
	peers  []*peer
	places []int32 // in peers, by number, from 1; 0: none
}

// Tables returns the tables of some peers. Its methods call a peer by its place in the
// list.
func (w *World) Tables(peers []*Peer) *Tables {
	t := &Tables{world: w, peers: make([]*peer, len(peers)), places: make([]int32, len(w.peers))}
	for i, h := range peers {
		t.peers[i] = h.p
		t.places[h.p.index] = int32(i) + 1
	}
	return t
}

// number returns the number of a protocol's name, or maxProtocols, which none has.
func (t *Tables) number(protocol string) uint16 {
	for i, name := range t.world.names {
		if name == protocol {
			return uint16(i)
		}
	}
	return maxProtocols
}

// each calls visit for the living connections of a peer with its arcs of a protocol.
func (p *peer) each(protocol uint16, visit func(*link, *ledger)) {
	if p.proc(protocol) == nil {
		return
	}
	for _, l := range p.links {
		if !l.living {
			continue
		}
		if e := l.find(protocol); e != nil && e.held() {
			visit(l, e)
		}
	}
}

// Out lists for each peer the peers to which it holds arcs of a protocol, each once
// for each arc, and -1 for one that is not in the list. duplicated tells which hold two
// arcs to the same peer.
func (t *Tables) Out(protocol string) (views [][]int32, duplicated []bool) {
	number, size := t.number(protocol), 0
	for _, p := range t.peers {
		p.each(number, func(_ *link, e *ledger) { size += int(e.out) })
	}
	all := make([]int32, 0, size)
	views, duplicated = make([][]int32, len(t.peers)), make([]bool, len(t.peers))
	for i, p := range t.peers {
		first := len(all)
		p.each(number, func(l *link, e *ledger) {
			for range e.out {
				all = append(all, t.places[l.remote]-1)
			}
			duplicated[i] = duplicated[i] || e.out > 1
		})
		views[i] = all[first:len(all):len(all)]
	}
	return views, duplicated
}

// Connections counts the pairs of the peers with a living connection.
func (t *Tables) Connections() int {
	ends, pairs := 0, 0
	for _, p := range t.peers {
		for _, l := range p.links {
			place := t.places[l.remote]
			if !l.living || place == 0 {
				continue
			}
			ends++
			if l.remote < p.index {
				continue // the other end is asked
			}
			if back := t.peers[place-1].link(p.index); back != nil && back.living {
				pairs++
			}
		}
	}
	return ends - pairs
}

// Drift is a pair of views that disagree: From holds Out arcs to To, which knows of In.
type Drift struct {
	From, To messages.PeerID
	Out, In  int
}

// Drifts compares the outviews of a protocol with the inviews.
func (t *Tables) Drifts(protocol string) []Drift {
	number := t.number(protocol)
	var drifts []Drift
	for _, p := range t.peers {
		p.each(number, func(l *link, mine *ledger) {
			var theirs ledger
			if place := t.places[l.remote]; place > 0 {
				t.peers[place-1].each(number, func(back *link, e *ledger) {
					if back.remote == p.index {
						theirs = *e
					}
				})
			}
			here, there := t.world.index.ids[p.index], t.world.index.ids[l.remote]
			if mine.out > 0 && mine.out != theirs.in {
				drifts = append(drifts, Drift{here, there, int(mine.out), int(theirs.in)})
			}
			if mine.in > 0 && theirs.out == 0 {
				drifts = append(drifts, Drift{there, here, 0, int(mine.in)})
			}
		})
	}
	return drifts
}
