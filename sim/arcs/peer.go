package arcs

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim"
)

// peer is one start of a peer.
type peer struct {
	world  *World
	worker *worker
	config *actors.Config
	rand   rand.Rand // of the network, and of what the peer itself draws
	source rand.PCG
	index  uint32
	start  uint32 // of those of its identity, from 1
	seq    uint32 // of the events that it is the source of
	dials  uint32 // connections and jobs that it numbered
	busy   time.Duration
	idle   handle // runs until connections may have lingered for long enough

	procs []*proc
	keys  []uint32 // the other ends of links
	links []*link
	until []time.Duration // when each has lingered for long enough; 0: it is used

	opens, halfOpen int
	leaving, ended  bool
	visit           visit
	jobs            []*job
	relays          []*relay
	serving         int // introductions that neighbors asked of us
	parked          []*parked
	subscribers     []subscriber
	done            chan struct{}
	err             error
}

func (p *peer) id() messages.PeerID { return p.worker.idOf(p.index) }

// proc returns the running protocol with a name, or nil.
func (p *peer) proc(name uint16) *proc {
	for _, c := range p.procs {
		if c.name == name && !c.stopping {
			return c
		}
	}
	return nil
}

// link returns what joins the peer to another, or nil.
func (p *peer) link(remote uint32) *link {
	if i := slices.Index(p.keys, remote); i >= 0 {
		return p.links[i]
	}
	return nil
}

// linkTo returns what joins the peer to another, new if need be.
func (p *peer) linkTo(remote uint32) *link {
	if l := p.link(remote); l != nil {
		return l
	}
	l := p.worker.links.take()
	l.remote, l.pending = remote, nothing
	if n := len(p.keys); n == cap(p.keys) {
		more := n + n/8 + 4 // there are many peers, so that half empty lists would add up
		p.keys, p.links, p.until = grown(p.keys, more), grown(p.links, more), grown(p.until, more)
	}
	p.keys = append(p.keys, remote)
	p.links = append(p.links, l)
	p.until = append(p.until, 0)
	return l
}

// grown returns a list with room for size values.
func grown[T any](list []T, size int) []T { return append(make([]T, 0, size), list...) }

// forget takes a link out.
func (p *peer) forget(l *link) {
	i := slices.Index(p.keys, l.remote)
	if i < 0 || p.links[i] != l {
		return
	}
	n := len(p.links) - 1
	p.keys[i], p.links[i], p.until[i] = p.keys[n], p.links[n], p.until[n]
	p.links[n] = nil
	p.keys, p.links, p.until = p.keys[:n], p.links[:n], p.until[:n]
	if x := l.pending; x != nothing {
		x.ways, x.unwanted, x.more = nil, 0, x.more[:0]
		l.trim(p.worker)
	}
	*l = link{pending: nothing}
	p.worker.links.give(l)
}

// neighbor returns the link to a peer with a living connection, or nil.
func (p *peer) neighbor(remote uint32) *link {
	if l := p.link(remote); l != nil && l.living && !l.closing {
		return l
	}
	return nil
}

// current returns the link whose living connection has the number, or nil.
func (p *peer) current(remote uint32, number uint64) *link {
	if l := p.link(remote); l != nil && l.living && l.number == number {
		return l
	}
	return nil
}

// order lists the links in the order of their numbers, which does not depend on what
// came before.
func (p *peer) order() []*link {
	links := slices.Clone(p.links)
	slices.SortFunc(links, func(a, b *link) int { return int(a.remote) - int(b.remote) })
	return links
}

// number draws a number for a connection or job, which no other peer draws.
func (p *peer) number() uint64 {
	p.dials++
	return uint64(p.index)<<32 | uint64(p.dials)
}

// turn hands an event to a handler, once the one before has been handled.
func (p *peer) turn(c *proc, event any, locks uint16) {
	if c != nil && !c.stopped {
		p.worker.turns = append(p.worker.turns, turn{c, event, int32(locks)})
	}
}

// tellArc hands an arc event to a protocol and to those that see it.
func (p *peer) tellArc(c *proc, event any, locks uint16) {
	if c == nil {
		return
	}
	p.turn(c, event, locks)
	for _, seer := range c.seers {
		p.turn(seer, messages.Seen{Protocol: c.protocol.Name, Event: event}, 0)
	}
}

func (p *peer) tellAll(event any) {
	for _, c := range p.procs {
		p.turn(c, event, 0)
	}
}

// hears reports whether somebody subscribed to what a protocol emits, or connections
// (maxProtocols).
func (p *peer) hears(protocol uint16) bool {
	for i := range p.subscribers {
		if p.subscribers[i].protocol == protocol {
			return true
		}
	}
	return false
}

// emit keeps an event for those who subscribed to it, until the window is over.
func (p *peer) emit(protocol uint16, event any) {
	if p.hears(protocol) {
		p.worker.emitted = append(p.worker.emitted, emission{p.worker.now, p, protocol, event})
	}
}

// happen is the one switch of all that happens to a peer.
func (p *peer) happen(e *event) {
	switch e.kind {
	case kTimer:
		e.body.(*timer).due()
	case kMessage:
		p.received(e)
	case kArcs:
		p.arcs(e)
	case kArcsRefused:
		p.arcsRefused(e)
	case kSignal:
		p.fromNeighbor(e)
	case kIntroduction:
		p.introducedTo(e)
	case kOutcome:
		p.outcome(e)
	case kOpened:
		p.opened(e)
	case kProof:
		p.authenticated(e)
	case kClosed:
		p.closed(e)
	case kProposal:
		p.proposal(e)
	case kProposalTaken:
		p.proposalTaken(e)
	case kLeave:
		p.farewell(e)
	case kNoProtocol:
		p.noProtocol(e)
	case kProtocols:
		p.protocolsChanged(e)
	case kOpenDue:
		p.openDue(e.body.(*pendingOpen))
	case kAttemptDue:
		p.attemptDue(e)
	case kJobDue:
		p.jobDue(e.job)
	case kRelayDue:
		p.relayDue(e.body.(*relay))
	case kLingered:
		p.lingered()
	case kCloseOverdue:
		p.closeOverdue(e)
	case kRetryDue:
		p.retry(e.a, e.body.(*ways))
	case kParkedDue:
		p.parkedDue(e.body.(*parked))
	case kSevered:
		p.gone(e)
	case kWritable:
		p.writable(e)
	case kTurn:
		e.body.(func())()
	case kMade:
		p.made(e.body.(*signal))
	case kLeaveDue:
		if e.body == p {
			p.sayGoodbye()
		}
	default:
		p.visited(e)
	}
}

// depart asks every protocol to take leave.
func (p *peer) depart() {
	if p.leaving {
		return
	}
	p.leaving = true
	if !p.anyRuns() {
		p.sayGoodbye()
		return
	}
	p.own(p.config.LeaveGrace, event{kind: kLeaveDue, body: p})
	deadline := sim.Epoch.Add(p.worker.now + p.config.LeaveGrace)
	for _, c := range slices.Clone(p.procs) {
		c.leave(deadline)
	}
}

func (p *peer) anyRuns() bool {
	return slices.ContainsFunc(p.procs, func(c *proc) bool { return !c.stopping })
}

// sayGoodbye ends the connections: Leave is the last that neighbors hear.
func (p *peer) sayGoodbye() {
	if p.ended {
		return
	}
	p.quit()
	for _, l := range p.order() {
		p.failOpens(l, messages.ErrClosed)
		if l.living {
			p.send(l, event{kind: kLeave})
		}
		if a := l.attempt; a != nil && a.isOpen(p.worker.now) {
			p.travel(&a.wire, l.remote, event{kind: kLeave}) // it may live for the other side already
		}
	}
	p.end()
}

// end ends the peer, and its ends of connections.
func (p *peer) end() {
	if p.ended {
		return
	}
	for _, c := range p.procs {
		c.end()
	}
	p.ended = true
	p.quit()
	for _, l := range p.order() {
		if a := l.attempt; a != nil && (a.answered || !a.offered) {
			p.close(&a.wire, l.remote)
		}
		if l.living {
			p.close(&l.wire, l.remote)
		}
	}
	p.cancelAll()
	p.worker.ended = append(p.worker.ended, p)
}

// cancelAll takes the peer's timers out.
func (p *peer) cancelAll() {
	cancel := p.worker.calendar.cancel
	cancel(p.idle)
	for _, l := range p.links {
		cancel(l.overdue)
		cancel(l.severed)
		for _, o := range l.opens {
			cancel(o.due)
		}
		if l.attempt != nil {
			cancel(l.attempt.due)
		}
	}
	for _, j := range p.jobs {
		cancel(j.due)
	}
	for _, r := range p.relays {
		cancel(r.due)
	}
}
