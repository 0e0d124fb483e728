package actors

import (
	"cmp"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
)

// registration is a protocol of this peer.
type registration struct {
	number   uint32 // on the wire, and everywhere within the peer
	name     string
	accepts  bool // introductions
	reach    int  // relays of an offer that we did not ask for
	delivery uint8
	pid      *actor.PID      // nil once it has stopped and only its arcs remain
	seers    []*registration // those that see its arcs
	sees     []string
}

// link is what joins this peer to another: at most one living connection, and
// at most one attempt at a new one (beside a living one only while the other
// peer may have restarted).
type link struct {
	peer    messages.PeerID
	living  *live
	attempt *attempt
	opens   []*pendingOpen // wait for the attempt, or for the answer to a close proposal
	ways    *ways          // tried for the opens, once one broke
}

// live is an authenticated connection.
type live struct {
	id          linkID
	pid         *actor.PID
	incarnation uint64
	via         messages.PeerID
	rtt         time.Duration
	remote      []remoteProtocol
	ledgers     []entry   // by number
	sent, seen  uint64    // Arcs, over all protocols
	holds       int       // jobs that need the connection
	linger      Timer     // runs while nobody uses the connection
	proposed    bool      // we asked to close
	overdue     Timer     // runs while an end that was proposed or agreed has not come
	closing     bool      // agreed to close, or we leave
	unwanted    []uint32  // our protocols of which NoProtocol was told
	events      allowance // of arc events that the other side causes
	condemned   bool      // its end was asked for, as the remote broke the rules
	congested   bool
}

type entry struct {
	number uint32
	ledger ledger
}

// remoteProtocol is a protocol that the other peer runs, under its number.
type remoteProtocol struct {
	number uint32
	name   string
	local  *registration // the same protocol here, if it runs
	told   bool          // NoProtocol was sent
}

// attempt is a connection that is not living yet.
type attempt struct {
	id  linkID
	pid *actor.PID
	way
	offered   bool      // we make the offer
	since     time.Time // the wish to connect
	answered  bool      // the other side's answer to our offer came
	opened    bool
	holds     int                        // jobs that the n2n actor has begun over it
	announced []*messages.ProtocolNumber // in our Hello
	kept      *incomingOffer             // the other side's offer, answered if ours fails
	yielded   uint64                     // the job of our own offer, which this one took the place of
}

// via is the neighbor nearest to us on the way, or nobody.
func (a *attempt) via() messages.PeerID {
	if len(a.route) == 0 {
		return messages.PeerID{}
	}
	return a.route[0]
}

// waits reports whether our offer is on its way, or the answer to it.
func (a *attempt) waits() bool { return a.offered && !a.answered && !a.opened }

// pendingOpen is a request for an arc that waits for a connection.
type pendingOpen struct {
	number uint32
	ticket messages.Ticket
	route  []messages.PeerID // as the request named it
	via    messages.PeerID   // told with the arc
	by     messages.PeerID   // who introduced us; zero when the protocol asked
	job    uint64            // of the introduction
	timer  Timer
}

func (l *live) ledger(number uint32) *ledger {
	i, ok := slices.BinarySearchFunc(l.ledgers, number, func(e entry, n uint32) int { return cmp.Compare(e.number, n) })
	if !ok {
		l.ledgers = slices.Insert(l.ledgers, i, entry{number: number})
	}
	return &l.ledgers[i].ledger
}

// arcs returns the ledger of a protocol without making one.
func (l *live) arcs(number uint32) ledger {
	for _, e := range l.ledgers {
		if e.number == number {
			return e.ledger
		}
	}
	return ledger{}
}

// used reports whether arcs of either side run over the connection.
func (l *live) used() bool {
	return slices.ContainsFunc(l.ledgers, func(e entry) bool { return e.ledger.used() })
}

// theirNumber is the other peer's number of a protocol, 0 when it does not run it.
func (l *live) theirNumber(name string) uint32 {
	for _, r := range l.remote {
		if r.name == name {
			return r.number
		}
	}
	return 0
}

// runs reports whether the other peer runs a protocol.
func (l *live) runs(name string) bool {
	return l.theirNumber(name) != 0
}

// byNumber finds the other peer's protocol by its number.
func (l *live) byNumber(number uint32) *remoteProtocol {
	for i := range l.remote {
		if l.remote[i].number == number {
			return &l.remote[i]
		}
	}
	return nil
}

// ready reports whether arcs can be opened and messages sent now.
func (l *link) ready() bool {
	return l.living != nil && !l.living.proposed && !l.living.closing
}

// idle reports whether nothing is left to know about the other peer.
func (l *link) idle() bool {
	return l.living == nil && l.attempt == nil && len(l.opens) == 0
}
