package arcs

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// link is what joins a peer to another: at most one living connection, and at most
// one attempt at a new one. There are many of them, most of which linger, so that it
// is small.
type link struct {
	wire
	remote     uint32
	start      uint32 // which start of the other peer the connection is to
	via        uint32 // who introduced or relayed, or 0
	sent, seen uint32
	waits      int32  // bytes that have not left, with a limited bandwidth
	holds      uint16 // jobs that need the connection

	living    bool
	proposed  bool // we asked to close
	closing   bool // agreed to close, or we leave
	congested bool
	lingers   bool

	one     ledger // of the first protocol that has one
	runs    set    // protocols of the other side
	rtt     time.Duration
	signals allowance

	// Never nil. It is changed only after own.
	*pending
}

// pending is what a link has at times only.
type pending struct {
	attempt          *attempt
	opens            []*pendingOpen
	ways             *ways
	overdue, severed handle
	unwanted         set // protocols of ours of which NoProtocol was told
	more             []ledger
}

// nothing is what every link has that has nothing pending. It is never changed.
var nothing = &pending{}

// own returns what the link has pending, to be changed.
func (l *link) own(k *worker) *pending {
	if l.pending == nothing {
		l.pending = k.pendings.take()
	}
	return l.pending
}

// trim gives back what the link needs no more.
func (l *link) trim(k *worker) {
	x := l.pending
	if x == nothing || x.attempt != nil || len(x.opens) > 0 || x.ways != nil || x.unwanted != 0 || len(x.more) > 0 ||
		k.calendar.waits(x.overdue) || k.calendar.waits(x.severed) {
		return
	}
	*x = pending{opens: x.opens[:0], more: x.more[:0]}
	k.pendings.give(x)
	l.pending = nothing
}

// store has values to be used again.
type store[T any] struct {
	free  []*T
	slots []T
}

const slotsOfStore = 64

func (s *store[T]) take() *T {
	if n := len(s.free); n > 0 {
		x := s.free[n-1]
		s.free = s.free[:n-1]
		return x
	}
	if len(s.slots) == 0 {
		s.slots = make([]T, slotsOfStore)
	}
	x := &s.slots[0]
	s.slots = s.slots[1:]
	return x
}

func (s *store[T]) give(x *T) { s.free = append(s.free, x) }

// wire is one end of a connection.
type wire struct {
	number uint64        // of the connection, the same at both ends
	last   time.Duration // when the newest ordered message arrives
}

// attempt is a connection that is not living yet.
type attempt struct {
	wire
	start    uint32        // which start of the other peer, as its offer or answer says
	offered  bool          // we make the offer
	answered bool          // the other side's answer to our offer came
	opened   time.Duration // when the channel opens at our end; 0: not yet known
	ended    bool          // the other side's end is closed already
	route    []uint32      // the relays; empty through the rendezvous
	since    time.Duration // the wish to connect
	due      handle
	kept     *signal // the other side's offer, answered if ours fails
	yielded  uint64  // our own offer, which this attempt took the place of

	announced set // our protocols, as our Hello told
}

// via is the neighbor nearest to us on the way, or 0.
func (a *attempt) via() uint32 {
	if len(a.route) == 0 {
		return 0
	}
	return a.route[0]
}

// waits reports whether our offer is on its way, or the answer to it.
func (a *attempt) waits() bool { return a.offered && !a.answered }

// pendingOpen is a request for an arc that waits for a connection.
type pendingOpen struct {
	proc   *proc
	ticket messages.Ticket
	to     uint32
	route  []uint32 // as the request named it
	via    uint32   // told with the arc
	by     uint32   // who introduced us; 0 when the protocol asked
	job    uint64   // of the introduction
	due    handle
}

// ledger is the arcs of one protocol on one connection: each side is the only
// writer of what it holds, and tells the other its count as an absolute number.
type ledger struct {
	key            uint16 // the number of the protocol plus 1; 0: the ledger is not used
	out, locks, in uint16
	outSeq, inSeq  uint32
}

func (l *ledger) protocol() uint16 { return l.key - 1 }

func (l *ledger) held() bool { return l.out > 0 || l.in > 0 }

// ledger returns the ledger of a protocol, a new one if there is none.
func (l *link) ledger(k *worker, protocol uint16) *ledger {
	if e := l.find(protocol); e != nil {
		return e
	}
	if l.one.key == 0 {
		l.one = ledger{key: protocol + 1}
		return &l.one
	}
	x := l.own(k)
	x.more = append(x.more, ledger{key: protocol + 1})
	return &x.more[len(x.more)-1]
}

func (l *link) find(protocol uint16) *ledger {
	if l.one.key == protocol+1 {
		return &l.one
	}
	for i := range l.more {
		if l.more[i].key == protocol+1 {
			return &l.more[i]
		}
	}
	return nil
}

// arcs returns the ledger of a protocol without making one.
func (l *link) arcs(protocol uint16) ledger {
	if e := l.find(protocol); e != nil {
		return *e
	}
	return ledger{}
}

// used reports whether arcs of either side run over the connection.
func (l *link) used() bool {
	return l.one.held() || slices.ContainsFunc(l.more, func(e ledger) bool { return e.held() })
}

// ready reports whether arcs can be opened now.
func (l *link) ready() bool { return l.living && !l.proposed && !l.closing }

// idle reports whether nothing is left to know about the other peer.
func (l *link) idle() bool { return !l.living && l.attempt == nil && len(l.opens) == 0 }

// allowance is what a neighbor may still ask for at once: all, from a time on, in seconds.
type allowance float64

// take uses one of burst, of which rate come back each second.
func (a *allowance) take(now time.Duration, rate float64, burst int) bool {
	const inexact = 1e-6
	used := max(0, (float64(*a)-now.Seconds())*rate)
	if used+1 > float64(burst)+inexact {
		return false
	}
	*a = allowance(now.Seconds() + (used+1)/rate)
	return true
}
