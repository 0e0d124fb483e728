package protocoltest

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// apply changes a view by an event.
func apply(view *protocols.View, event any) {
	switch e := event.(type) {
	case messages.ArcOpened:
		change(view, e.Peer, e.Dir, 1)
	case messages.ArcClosed:
		change(view, e.Peer, e.Dir, -1)
	case messages.Locked:
		a := view.Out.Get(e.Peer)
		a.Locks++
		view.Out.Set(a)
	case messages.Unlocked:
		a := view.Out.Get(e.Peer)
		a.Locks--
		view.Out.Set(a)
	}
}

func change(view *protocols.View, peer messages.PeerID, dir messages.Direction, by int) {
	arcs := &view.Out
	if dir == messages.In {
		arcs = &view.In
	}
	a := arcs.Get(peer)
	a.Count += by
	a.Locks = min(a.Locks, a.Count)
	arcs.Set(a)
}
