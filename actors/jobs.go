package actors

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// introduction is a job of this peer: from is to open an arc to to.
type introduction struct {
	job      uint64
	number   uint32
	protocol string
	ticket   messages.Ticket
	from, to messages.PeerID
	held     [2]linkID // the connections to both; zero where that is this peer
	left     time.Duration // until its deadline
}

// relayKey names a connection attempt whose signals we relay.
type relayKey struct {
	from messages.PeerID // who offers
	job  uint64
}

// relay is an attempt on its way through us: the offer came over prev and went
// on over next; one answer or refusal goes back.
type relay struct {
	key        relayKey
	prev, next linkID
	rest       [][]byte // the relays from us to who offers, nearest first, prev among them
	timer      Timer
}

func newRelay(self messages.PeerID, prev, next linkID, m *messages.Signal) *relay {
	r := &relay{key: relayKey{messages.PeerID(m.GetFrom()), m.GetJob()}, prev: prev, next: next}
	way := back(m)
	for _, hop := range way[slices.Index(way, self)+1:] {
		r.rest = append(r.rest, hop.Bytes())
	}
	return r
}

// way is how the signals of an attempt travel.
type way struct {
	job      uint64
	route    []messages.PeerID // the relays, nearest to us first; empty through the rendezvous
	protocol string            // named in our offer
}

// signalTo makes a signal of ours without a body.
func (s *shell) signalTo(to messages.PeerID, w way) *messages.Signal {
	m := &messages.Signal{Job: w.job, From: s.self.Bytes(), To: to.Bytes()}
	for _, hop := range w.route {
		m.Route = append(m.Route, hop.Bytes())
	}
	return m
}

// refusal is the body of a signal that refuses an offer.
func refusal(code messages.Code) *messages.Signal_Refusal {
	return &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: code.Reason()}}
}

// hop reads a signal's path: who must have sent it to us and who is next. ok is
// false when we are not on it.
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
