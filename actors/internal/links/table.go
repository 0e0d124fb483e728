package links

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// Config has the deadlines and limits of a Table. actors.Config describes them.
type Config struct {
	*Times
	RetryWait time.Duration

	MaxRetries, MaxConnections, MaxHalfOpen, MaxOpens, MaxArcs, MaxRelays int
}

// Times are the times of a peer that change while it runs. What begins later has them.
// Any goroutine may use them.
type Times struct{ requestTimeout, linger atomic.Int64 }

// Set changes the times.
func (t *Times) Set(requestTimeout, linger time.Duration) {
	t.requestTimeout.Store(int64(requestTimeout))
	t.linger.Store(int64(linger))
}

// RequestTimeout is the deadline of a request.
func (t *Times) RequestTimeout() time.Duration { return time.Duration(t.requestTimeout.Load()) }

// Linger is how long a connection that nobody uses is kept.
func (t *Times) Linger() time.Duration { return time.Duration(t.linger.Load()) }

// Table is the links of one peer.
type Table struct {
	// Tally has the sums since the start.
	Tally tally.Tally

	self   messages.PeerID
	config Config
	now    func() time.Time
	rand   *rand.Rand
	out    Effects

	protocols  map[uint32]*Protocol
	links      map[messages.PeerID]*link
	attempting []*link                    // those with an attempt, in PeerID order
	announced  []*messages.ProtocolNumber // nil: to be made again
	generation uint32
	invites    map[uint64]Introduction // under way, by job
	parked     []*parked
	answered   Recent // offers of others
	halfOpen   int
	opens      int
	linked     bool // to the rendezvous
	leaving    bool
}

// New makes the Table of a peer without links.
func New(self messages.PeerID, config Config, now func() time.Time, r *rand.Rand, out Effects) *Table {
	return &Table{
		self: self, config: config, now: now, rand: r, out: out,
		protocols: map[uint32]*Protocol{}, links: map[messages.PeerID]*link{}, invites: map[uint64]Introduction{},
	}
}

// Due takes the end of a time.
func (t *Table) Due(d Due) { d.due(t) }

// Linked notes whether the rendezvous can be reached.
func (t *Table) Linked(up bool) { t.linked = up }

// Stop stops the timers of requests, retries and lingering connections.
func (t *Table) Stop() {
	t.takeParked(func(*parked) bool { return true })
	for _, peer := range t.peers() {
		l := t.links[peer]
		for _, o := range l.opens {
			o.timer.Stop()
		}
		l.forgetWays()
		if l.living != nil {
			l.living.stopLinger()
		}
	}
}

// Leave ends all connections. The last message to each neighbor is Leave.
func (t *Table) Leave() {
	t.leaving = true
	for _, peer := range t.peers() {
		l := t.links[peer]
		t.failOpens(l, messages.ErrClosed)
		if a := l.attempt; a != nil {
			t.setAttempt(l, nil)
			t.discard(a, HangUp{Flush: true, Leave: true, Failure: messages.ErrClosed})
		}
		if k := l.living; k != nil {
			k.closing = true
			t.out.Send(k.id, &messages.Leave{})
			t.out.HangUp(k.id, HangUp{Flush: true})
		}
	}
}

// peers lists the other ends of the links in PeerID order.
func (t *Table) peers() []messages.PeerID {
	return slices.SortedFunc(maps.Keys(t.links), messages.PeerID.Compare)
}

// neighbor returns the link to a neighbor, or nil.
func (t *Table) neighbor(peer messages.PeerID) *link {
	if l := t.links[peer]; l != nil && l.living != nil && !l.living.closing {
		return l
	}
	return nil
}

// Draw draws the number of a job or of a start of the peer, never 0.
func Draw(r *rand.Rand) uint64 {
	for {
		if n := r.Uint64(); n != 0 {
			return n
		}
	}
}
