package actors

import (
	"slices"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
)

// relay is an attempt whose signals we relay: the offer came over prev and went on
// over next. One answer or refusal goes back.
type relay struct {
	key        links.Job
	prev, next links.ID
	rest       [][]byte // the relays from us to the peer that offers, nearest first, with prev
	timer      Timer
}

func newRelay(self messages.PeerID, prev, next links.ID, m *messages.Signal) *relay {
	r := &relay{key: links.Job{From: messages.PeerID(m.GetFrom()), Number: m.GetJob()}, prev: prev, next: next}
	way := back(m)
	for _, hop := range way[slices.Index(way, self)+1:] {
		r.rest = append(r.rest, hop.Bytes())
	}
	return r
}

// hop finds the peers before and after us on a signal's path. ok is false when we
// are not on it.
func hop(self messages.PeerID, m *messages.Signal) (prev, next messages.PeerID, ok bool) {
	path := path(m)
	i := slices.Index(path, self)
	if i < 0 || slices.Contains(path[i+1:], self) {
		return prev, next, false
	}
	if i > 0 {
		prev = path[i-1]
	}
	if i < len(path)-1 {
		next = path[i+1]
	}
	return prev, next, true
}

// path lists the peers of a signal's way from its maker to its target.
func path(m *messages.Signal) []messages.PeerID {
	peers := make([]messages.PeerID, 0, len(m.GetRoute())+2)
	peers = append(peers, messages.PeerID(m.GetFrom()))
	for _, b := range m.GetRoute() {
		peers = append(peers, messages.PeerID(b))
	}
	return append(peers, messages.PeerID(m.GetTo()))
}

// back is the way of an answer: the relays of m, nearest to its target first.
func back(m *messages.Signal) []messages.PeerID {
	p := path(m)
	route := slices.Clone(p[1 : len(p)-1])
	slices.Reverse(route)
	return route
}
