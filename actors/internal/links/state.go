package links

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// State describes the links at one moment.
type State struct {
	// Views are the arcs of each protocol, by name.
	Views map[string]protocols.View
	// Connections are the other ends of the living connections with arcs, Lingering
	// those of the connections without, and Pending those of the attempts. All are
	// in PeerID order.
	Connections, Lingering, Pending []messages.PeerID
	// Linked tells that the rendezvous can be reached.
	Linked bool
	// These count what is under way.
	Opens, Attempts, Invitations, Holds int
}

// State returns what the Table knows.
func (t *Table) State() State {
	s := State{Views: map[string]protocols.View{}, Linked: t.linked, Opens: t.opens, Attempts: t.halfOpen, Invitations: len(t.invites)}
	for _, r := range t.protocols {
		s.Views[r.Name] = protocols.View{}
	}
	for _, peer := range t.peers() {
		l := t.links[peer]
		if l.attempt != nil {
			s.Pending = append(s.Pending, peer)
		}
		k := l.living
		if k == nil {
			continue
		}
		s.Holds += k.holds
		if k.used() {
			s.Connections = append(s.Connections, peer)
		} else {
			s.Lingering = append(s.Lingering, peer)
		}
		for _, e := range k.ledgers {
			if r := t.protocols[e.number]; r != nil {
				v := s.Views[r.Name]
				v.Out.Set(protocols.Arc{Peer: peer, Count: e.ledger.out, Locks: e.ledger.locks})
				v.In.Set(protocols.Arc{Peer: peer, Count: e.ledger.in})
				s.Views[r.Name] = v
			}
		}
	}
	return s
}
