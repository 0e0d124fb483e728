//go:build js

package main

import (
	"context"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// snapshot returns a Snapshot as a page gets it.
func snapshot(ctx context.Context, p *peer, o *object) (any, error) {
	if err := o.done(); err != nil {
		return nil, err
	}
	s, err := p.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	views, counters, held := fields{}, fields{}, fields{}
	for protocol, view := range s.Views {
		views[protocol] = fields{"out": arcs(view.Out), "in": arcs(view.In)}
	}
	for name, n := range s.Counters {
		counters[name] = n
	}
	for kind, n := range s.Held {
		held[kind] = n
	}
	return fields{
		"id": s.ID.String(), "linked": s.Linked, "views": views, "counters": counters, "held": held,
		"connections": names(s.Connections), "lingering": names(s.Lingering), "pending": names(s.Pending),
	}, nil
}

func arcs(all protocols.Arcs) []any {
	list := make([]any, 0, all.Distinct())
	for a := range all.All() {
		arc := fields{"peer": a.Peer.String(), "count": a.Count}
		if a.Locks > 0 {
			arc["locks"] = a.Locks
		}
		list = append(list, arc)
	}
	return list
}

func names(ids []messages.PeerID) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}
