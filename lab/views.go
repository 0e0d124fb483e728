package lab

import (
	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

func (t *task) doViews() error {
	peers := map[string]Views{}
	t.settle(t.living()...)
	for _, m := range t.living() {
		s, ok := t.snapshot(m)
		if !ok {
			continue
		}
		view := s.Views[t.Protocol]
		v := Views{
			Out: t.counts(view.Out, false), In: t.counts(view.In, false), Locks: t.counts(view.Out, true),
			Pending: t.list(s.Pending), Connections: t.list(s.Connections), Lingering: t.list(s.Lingering),
		}
		peers[m.name] = v
	}
	t.result.Peers = &peers
	return nil
}

func (l *Lab) counts(arcs protocols.Arcs, locks bool) map[string]int {
	counts := map[string]int{}
	for a := range arcs.All() {
		switch {
		case !locks:
			counts[l.name(a.Peer)] = a.Count
		case a.Locks > 0:
			counts[l.name(a.Peer)] = a.Locks
		}
	}
	return counts
}

func (l *Lab) list(ids []messages.PeerID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = l.name(id)
	}
	return list
}

// doEvents takes the events that a peer's protocols got, or those of one protocol.
func (t *task) doEvents() error {
	m := t.peer(0)
	t.settle(m)
	got := m.events
	m.events = nil
	for _, g := range got {
		if t.Named && g.protocol != t.Protocol {
			m.events = append(m.events, g)
		}
	}
	list := []events.Event{}
	for _, g := range got {
		if t.Named && g.protocol != t.Protocol {
			continue
		}
		if e, ok := events.Of(g.protocol, g.event, t.name); ok {
			list = append(list, e)
		}
	}
	t.result.Events = &list
	return nil
}
