package links

import (
	"cmp"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// link joins this peer to another. It has at most one living connection, and at
// most one attempt at a new one. It has both only while the other peer may have
// restarted.
type link struct {
	peer    messages.PeerID
	living  *live
	attempt *attempt
	opens   []*pendingOpen // wait for the attempt, or for the answer to a close proposal
	ways    *ways          // tried for the opens, once one broke
}

// ready reports whether we can open arcs and send messages now.
func (l *link) ready() bool {
	return l.living != nil && !l.living.proposed && !l.living.closing
}

// idle reports whether the link holds nothing any more.
func (l *link) idle() bool {
	return l.living == nil && l.attempt == nil && len(l.opens) == 0
}

// live is an authenticated connection.
type live struct {
	id          ID
	via         messages.PeerID
	proposed    bool // we asked to close
	closing     bool // agreed to close, or we leave
	condemned   bool // to be ended, as the remote broke the rules
	congested   bool
	incarnation uint64
	rtt         time.Duration
	remote      []remoteProtocol
	ledgers     []entry         // by number
	sent, seen  uint64          // Arcs, over all protocols
	holds       int             // jobs that need the connection
	linger      Timer           // runs while nobody uses the connection
	overdue     Timer           // runs until a proposed or agreed end comes
	unwanted    map[uint32]bool // our protocols that NoProtocol named; nil: none
	events      allowance       // of arc events that the other side causes
}

type entry struct {
	number uint32
	ledger ledger
}

// remoteProtocol is a protocol that the other peer runs, under its number.
type remoteProtocol struct {
	number uint32
	told   bool // NoProtocol was sent
	name   string
	local  *Protocol // the same protocol here, if it runs
}

// current returns the link with the living connection id, or nil. It returns nil
// too if the remote broke the rules, as we do not listen to it any more.
func (t *Table) current(id ID) *link {
	if l := t.links[id.Peer]; l != nil && l.living != nil && l.living.id == id && !l.living.condemned {
		return l
	}
	return nil
}

func (k *live) ledger(number uint32) *ledger {
	i, ok := slices.BinarySearchFunc(k.ledgers, number, func(e entry, n uint32) int { return cmp.Compare(e.number, n) })
	if !ok {
		k.ledgers = slices.Insert(k.ledgers, i, entry{number: number})
	}
	return &k.ledgers[i].ledger
}

// arcs returns the ledger of a protocol, or an empty one.
func (k *live) arcs(number uint32) ledger {
	for _, e := range k.ledgers {
		if e.number == number {
			return e.ledger
		}
	}
	return ledger{}
}

// used reports whether arcs of either side run over the connection.
func (k *live) used() bool {
	return slices.ContainsFunc(k.ledgers, func(e entry) bool { return e.ledger.used() })
}

// theirNumber is the other peer's number of a protocol, 0 when it does not run it.
func (k *live) theirNumber(name string) uint32 {
	for _, r := range k.remote {
		if r.name == name {
			return r.number
		}
	}
	return 0
}

// runs reports whether the other peer runs a protocol.
func (k *live) runs(name string) bool {
	return k.theirNumber(name) != 0
}

// byNumber finds the other peer's protocol by its number.
func (k *live) byNumber(number uint32) *remoteProtocol {
	for i := range k.remote {
		if k.remote[i].number == number {
			return &k.remote[i]
		}
	}
	return nil
}
