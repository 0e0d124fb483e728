package arcs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
)

// peer is one start of a peer.
type peer struct {
	world  *World
	worker *worker
	config *actors.Config
	rand   *rand.Rand // of the network, and of what the peer itself draws
	index  uint32
	start  uint32 // of those of its identity, from 1
	seq    uint32 // of the events that it is the source of
	dials  uint32 // connections and jobs that it numbered
	busy   time.Duration
	idle   handle // runs until connections may have lingered for long enough

	procs []*proc
	keys  []uint32 // the other ends of links
	links []*link

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

// Peer is the handle of a peer of the world. Its calls are made between those of Run.
type Peer struct{ p *peer }

// Start starts a peer that runs protocols, which are not to be changed afterwards.
// It is in no room yet. Errors: ErrDuplicate, a peer of that identity lives; the rule
// that config or a protocol breaks.
func (w *World) Start(id messages.PeerID, config *actors.Config, list ...*protocols.Protocol) (*Peer, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if id.IsZero() {
		return nil, fmt.Errorf("arcs: the zero PeerID is nobody's")
	}
	index := w.index.add(id)
	if int(index) == len(w.peers) {
		w.peers = append(w.peers, nil)
		w.started = append(w.started, 0)
		w.traces = append(w.traces, nil)
		if w.config.Trace {
			w.traces[index] = newTrace()
		}
	}
	if w.peers[index] != nil {
		return nil, fmt.Errorf("arcs: peer %s lives: %w", id, messages.ErrDuplicate)
	}
	w.started[index]++
	start := w.started[index]
	p := &peer{
		world: w, worker: w.workers[int(index)%len(w.workers)], config: config, index: index, start: start,
		rand: w.stream(id, fmt.Sprintf("network/%d", start)),
		// Later than those of the starts before.
		seq: start << 24, dials: start << 20,
	}
	w.peers[index] = p
	h := &Peer{p}
	for _, protocol := range list {
		if err := h.Spawn(protocol); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// ID is the peer's PeerID.
func (h *Peer) ID() messages.PeerID { return h.p.id() }

// Ended reports whether the peer has left or crashed.
func (h *Peer) Ended() bool { return h.p.ended }

// Done is closed when the peer has ended. Err says why then, nil after Leave.
func (h *Peer) Done() <-chan struct{} {
	if h.p.done == nil {
		h.p.done = make(chan struct{})
		if h.p.ended {
			close(h.p.done)
		}
	}
	return h.p.done
}

// Err says why the peer has ended: nil after Leave.
func (h *Peer) Err() error { return h.p.err }

// Subscribe calls notify with what a protocol emits, in order, between windows of
// time; with the events of connections if protocol is empty.
func (h *Peer) Subscribe(protocol string, notify func(event any)) (cancel func(), err error) {
	p, name := h.p, uint16(maxProtocols)
	if protocol != "" {
		if name, err = p.world.name(protocol); err != nil {
			return nil, err
		}
	}
	p.world.subscriptions++
	id := p.world.subscriptions
	p.subscribers = append(p.subscribers, subscriber{id, name, notify})
	return func() {
		// A copy, as this may be called while the subscribers are told something.
		p.subscribers = slices.DeleteFunc(slices.Clone(p.subscribers), func(s subscriber) bool { return s.id == id })
	}, nil
}

// Spawn starts a protocol.
func (h *Peer) Spawn(protocol *protocols.Protocol) error {
	p := h.p
	if err := protocol.Validate(); err != nil {
		return err
	}
	name, err := p.world.name(protocol.Name)
	switch {
	case err != nil:
		return err
	case p.ended || p.leaving:
		return fmt.Errorf("spawn %s: the peer has ended: %w", protocol.Name, messages.ErrClosed)
	case p.proc(name) != nil:
		return fmt.Errorf("spawn %s: a protocol of that name runs on the peer: %w", protocol.Name, messages.ErrDuplicate)
	case len(p.procs) >= p.config.MaxProtocols:
		return fmt.Errorf("spawn %s: %d protocols run on the peer, no more are allowed: %w", protocol.Name, len(p.procs), messages.ErrFull)
	}
	c := newProc(p, protocol, name)
	for _, seen := range protocol.Sees {
		number, err := p.world.name(seen)
		if err != nil {
			return err
		}
		c.seen = append(c.seen, seenView{name: number})
	}
	p.world.act(p, func() { p.register(c) })
	return nil
}

// Remove ends a protocol and its arcs.
func (h *Peer) Remove(name string) error {
	c := h.named(name)
	if c == nil {
		return fmt.Errorf("remove %s: no such protocol runs on the peer: %w", name, messages.ErrNoProtocol)
	}
	h.p.world.act(h.p, func() { h.p.stopped(c) })
	return nil
}

func (h *Peer) named(name string) *proc {
	i := slices.Index(h.p.world.names, name)
	if i < 0 {
		return nil
	}
	return h.p.proc(uint16(i))
}

// Enter enters a room of the signaling service.
func (h *Peer) Enter(room string) {
	if !h.p.ended {
		h.p.world.act(h.p, func() { h.p.enter(room) })
	}
}

// Tell hands an event to a protocol.
func (h *Peer) Tell(protocol string, event any) error {
	c := h.named(protocol)
	if c == nil || h.p.ended {
		return fmt.Errorf("tell %s: no such protocol runs on the peer: %w", protocol, messages.ErrNoProtocol)
	}
	h.p.world.act(h.p, func() { h.p.turn(c, messages.Told{Event: event}, 0) })
	return nil
}

// Command obeys one of the commands of package messages in the name of a protocol.
func (h *Peer) Command(protocol string, command any) error {
	c := h.named(protocol)
	if c == nil || h.p.ended {
		return fmt.Errorf("%T: protocol %s does not run on the peer: %w", command, protocol, messages.ErrNoProtocol)
	}
	h.p.world.act(h.p, func() { c.obey(command) })
	return nil
}

// Leave asks the protocols to take leave, and ends the peer then.
func (h *Peer) Leave() {
	if !h.p.ended {
		h.p.world.act(h.p, func() { h.p.depart() })
	}
}

// Crash ends the peer without a word.
func (h *Peer) Crash() {
	if !h.p.ended {
		h.p.err = fmt.Errorf("crashed on request")
		h.p.world.act(h.p, func() { h.p.end() })
	}
}

// View is the arcs of a protocol, as the connections know them.
func (h *Peer) View(protocol string) protocols.View {
	var v protocols.View
	c := h.named(protocol)
	if c == nil {
		return v
	}
	for _, l := range h.p.links {
		if !l.living {
			continue
		}
		e := l.arcs(c.name)
		remote := h.p.worker.idOf(l.remote)
		if e.out > 0 {
			v.Out.Set(protocols.Arc{Peer: remote, Count: int(e.out), Locks: int(e.locks)})
		}
		if e.in > 0 {
			v.In.Set(protocols.Arc{Peer: remote, Count: int(e.in)})
		}
	}
	return v
}

// Connections lists the other ends of the living connections with arcs, of those
// without, and of the attempts under way.
func (h *Peer) Connections() (used, lingering, pending []messages.PeerID) {
	for _, l := range h.p.links {
		id := h.p.worker.idOf(l.remote)
		if l.attempt != nil {
			pending = append(pending, id)
		}
		switch {
		case l.living && l.used():
			used = append(used, id)
		case l.living:
			lingering = append(lingering, id)
		}
	}
	for _, list := range [][]messages.PeerID{used, lingering, pending} {
		slices.SortFunc(list, messages.PeerID.Compare)
	}
	return used, lingering, pending
}

// Held counts what is under way, by kind. At rest all are 0.
func (h *Peer) Held() map[string]int {
	p := h.p
	holds := 0
	for _, l := range p.links {
		holds += int(l.holds)
	}
	invites := 0
	for _, j := range p.jobs {
		if j.to == p.index && !j.answered {
			invites++
		}
	}
	return map[string]int{
		"opens": p.opens, "attempts": p.halfOpen, "invitations": invites, "jobs": len(p.jobs),
		"served": p.serving, "relays": len(p.relays), "holds": holds, "contacts": len(p.visit.requests),
	}
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
	p.keys = append(p.keys, remote)
	p.links = append(p.links, l)
	return l
}

// forget takes a link out.
func (p *peer) forget(l *link) {
	i := slices.Index(p.keys, l.remote)
	if i < 0 || p.links[i] != l {
		return
	}
	n := len(p.links) - 1
	p.keys[i], p.links[i] = p.keys[n], p.links[n]
	p.links[n] = nil
	p.keys, p.links = p.keys[:n], p.links[:n]
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

// emit keeps an event for those who subscribed to it, until the window is over.
func (p *peer) emit(protocol uint16, event any) {
	for i := range p.subscribers {
		if p.subscribers[i].protocol == protocol {
			p.worker.emitted = append(p.worker.emitted, emission{p.worker.now, p, protocol, event})
			return
		}
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

// Protocols lists the names of the protocols that run on the peer.
func (h *Peer) Protocols() []string {
	var names []string
	for _, c := range h.p.procs {
		if !c.stopping {
			names = append(names, c.protocol.Name)
		}
	}
	return names
}
