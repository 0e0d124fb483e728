package demo

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

// record collects the events of a room's peers. The peers write to it from their own
// goroutines. The condition of await is called with the lock held.
type record struct {
	mu      sync.Mutex
	changed chan struct{} // holds one when there is news for await
	shut    bool          // no more pairs are noted
	closed  bool          // nothing is noted any more

	exchanged map[messages.PeerID]bool // took part in an exchange of arcs
	published time.Time
	delivered map[messages.PeerID]delivery
	meetings  map[pair]*meeting
}

// delivery is the way by which the broadcast reached a peer.
type delivery struct {
	hops  int
	after time.Duration
}

// pair is two peers, the smaller PeerID first.
type pair [2]messages.PeerID

func pairOf(a, b messages.PeerID) pair {
	if b.Less(a) {
		a, b = b, a
	}
	return pair{a, b}
}

// meeting is the connection of a pair of peers.
type meeting struct {
	number   int // in the order in which they opened
	from, to messages.PeerID
	via      messages.PeerID          // zero: through the signaling server
	setup    time.Duration            // at the peer that offered, from its wish to the other's Proof
	verified map[messages.PeerID]bool // the sides that have verified the other's Proof
	ended    bool
}

// authenticated reports whether each side has verified the other.
func (m *meeting) authenticated() bool { return len(m.verified) == 2 }

func newRecord() *record {
	return &record{
		changed:   make(chan struct{}, 1),
		exchanged: map[messages.PeerID]bool{},
		delivered: map[messages.PeerID]delivery{},
		meetings:  map[pair]*meeting{},
	}
}

// watch records the events of a peer from now on.
func (r *record) watch(peer *actors.Peer) {
	self := peer.ID()
	note := func(event any) { r.note(self, event) }
	peer.SubscribeConnections(note)
	for _, source := range []string{node.Spray, node.Broadcast} {
		peer.Subscribe(source, note)
	}
}

func (r *record) note(self messages.PeerID, event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	switch e := event.(type) {
	case messages.ConnectionOpened:
		r.opened(self, e)
	case messages.ConnectionAuthenticated:
		r.authenticated(self, e)
	case messages.ConnectionClosed:
		if m := r.meetings[pairOf(self, e.Peer)]; m != nil {
			m.ended = true
		}
	case spray.Shuffled:
		r.exchanged[self] = true
	case broadcast.Delivered:
		r.delivered[self] = delivery{e.Hops, time.Since(r.published)}
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// opened notes that a connection opened when the first of its sides reports it.
func (r *record) opened(self messages.PeerID, e messages.ConnectionOpened) {
	key := pairOf(self, e.Peer)
	m := r.meetings[key]
	if m == nil && r.shut {
		return
	}
	if m == nil {
		m = &meeting{number: len(r.meetings), verified: map[messages.PeerID]bool{}}
		r.meetings[key] = m
	}
	m.ended = false
	m.via = e.Via
	m.from, m.to = e.Peer, self
	if e.Offered {
		m.from, m.to = self, e.Peer
	}
}

func (r *record) authenticated(self messages.PeerID, e messages.ConnectionAuthenticated) {
	m := r.meetings[pairOf(self, e.Peer)]
	if m == nil {
		return // it opened too late to be noted
	}
	m.verified[self] = true
	if e.Offered {
		m.setup = e.Setup
	}
}

// settled reports whether every connection is authenticated or ended.
func (r *record) settled() bool {
	for _, m := range r.meetings {
		if !m.ended && !m.authenticated() {
			return false
		}
	}
	return true
}

// await waits until a condition on the record holds.
func (r *record) await(ctx context.Context, holds func() bool) error {
	for {
		r.mu.Lock()
		held := holds()
		r.mu.Unlock()
		if held {
			return nil
		}
		select {
		case <-r.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// forgetExchanges begins the record of the exchanges of arcs anew.
func (r *record) forgetExchanges() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.exchanged)
}

// publish notes the time at which the broadcast begins.
func (r *record) publish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.published = time.Now()
}

// deliveries returns how many peers have the broadcast.
func (r *record) deliveries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.delivered)
}

// shutDoors makes the record ignore pairs that have not been connected by now.
func (r *record) shutDoors() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shut = true
}

// close ends the record. After that it may be read without the lock.
func (r *record) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// inOrder lists the meetings in the order in which they opened.
func (r *record) inOrder() []*meeting {
	return slices.SortedFunc(maps.Values(r.meetings), func(a, b *meeting) int { return a.number - b.number })
}
