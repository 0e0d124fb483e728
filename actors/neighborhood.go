package actors

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// To the neighborhood.
type (
	// command is a request of a protocol: one of the messages.… commands.
	command struct {
		number  uint32
		request any
	}
	register struct{ registration *registration }
	// registered tells the protocol and the peer that register is done.
	registered struct{ number uint32 }
	unregister struct {
		number uint32
		pid    *actor.PID
	}
	// mute keeps the arcs of a protocol whose actor has stopped because the peer leaves.
	mute struct {
		number uint32
		pid    *actor.PID
	}
	// answerTo is an event for a protocol from another actor of the peer.
	answerTo struct {
		number uint32
		event  any
	}
	// holding adds to the jobs that need two connections.
	holding struct {
		links [2]linkID
		by    int
	}
	// linked tells whether the rendezvous is within reach.
	linked struct{ up bool }
	// sayLeave ends every connection with Leave; the peer gets goodbyesSaid.
	sayLeave struct{}

	openExpired struct {
		peer messages.PeerID
		open *pendingOpen
	}
	lingered     struct{ link linkID }
	closeOverdue struct{ link linkID }
	leaveOverdue struct{}
)

// neighborhood owns the arcs and the table of connections. It routes envelopes
// between connection actors and protocol actors, and it alone decides when a
// connection is wanted, lingers, or ends.
type neighborhood struct {
	*shell
	ctx   actor.Context
	inbox *inbox
	rand  *rand.Rand
	tally tally

	protocols   map[uint32]*registration
	links       map[messages.PeerID]*link
	generation  uint32
	connections *actor.Props
	pids        map[linkID]*actor.PID   // of connection actors
	ending      int                     // actors of connections that have ended
	invites     map[uint64]introduction // under way, by job
	parked      []*parked
	answered    recent // offers of others
	halfOpen    int
	opens       int
	linked      bool // to the rendezvous
	leaving     bool
	stopping    bool
}

func newNeighborhood(s *shell) actor.Producer {
	return func() actor.Actor {
		return &neighborhood{
			shell: s, rand: s.world.Rand("neighborhood"),
			protocols: map[uint32]*registration{}, links: map[messages.PeerID]*link{}, pids: map[linkID]*actor.PID{},
			connections: s.world.props(func() actor.Actor { return &connection{shell: s} }),
			invites:     map[uint64]introduction{},
		}
	}
}

func (n *neighborhood) Receive(ctx actor.Context) {
	n.ctx = ctx
	if n.stopping {
		return // what still comes from connections that end must start none
	}
	switch m := ctx.Message().(type) {
	case linkReceived:
		n.received(m)
	case command:
		n.command(m)
	case linkControl:
		n.controlled(m)
	case linkOpened:
		n.opened(m)
	case linkLiving:
		n.authenticated(m)
	case linkClosed:
		n.closed(m)
	case sendFailed:
		n.fail(m.origin, m.ticket, messages.OpSend, m.to, m.err)
	case malformed:
		n.malformed(m)
	case linkCongestion:
		n.congestion(m)
	case signalForUs:
		n.signaled(m)
	case introducedTo:
		n.introducedTo(m)
	case introductionEnded:
		n.introductionEnded(m)
	case register:
		n.register(m.registration)
	case unregister:
		n.unregister(m.number)
		ctx.Send(n.peer, unregistered{m.pid})
	case mute:
		n.protocols[m.number].pid = nil
		ctx.Send(n.peer, unregistered{m.pid})
	case answerTo:
		if failed, ok := m.event.(messages.Failed); ok {
			n.tally.failed(failed.Op)
		}
		n.tell(n.protocols[m.number], m.event)
	case holding:
		n.hold(m.links, m.by)
	case linked:
		n.linked = m.up
	case openExpired:
		n.openExpired(m)
	case retryDue:
		n.retry(m)
	case *parked:
		n.parkedTooLong(m)
	case lingered:
		n.lingered(m)
	case closeOverdue:
		n.closeOverdue(m)
	case sayLeave:
		n.sayLeave()
	case leaveOverdue:
		n.left()
	case collect:
		n.collect(m)
	case *actor.Terminated:
		n.buried()
	case *actor.Started:
		n.inbox = newInbox(ctx)
	case *actor.Stopping:
		n.stop()
	}
}

// HandleFailure ends the connection whose actor panicked.
func (n *neighborhood) HandleFailure(_ *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	n.tally.add(countConnectionPanics)
	n.log.Error("connection actor panicked, its connection is closed", "actor", child.Id, "reason", reason)
	for id, pid := range n.pids {
		if pid.Id == child.Id {
			n.closed(linkClosed{link: id, err: messages.ErrClosed})
			return
		}
	}
	supervisor.StopChildren(child)
}

func (n *neighborhood) stop() {
	n.stopping = true
	n.inbox.close()
	n.takeParked(func(*parked) bool { return true })
	for _, peer := range n.peers() {
		l := n.links[peer]
		for _, o := range l.opens {
			o.timer.Stop()
		}
		l.forgetWays()
		if l.living != nil && l.living.linger != nil {
			l.living.linger.Stop()
		}
	}
}

// peers lists the other ends of the links in PeerID order.
func (n *neighborhood) peers() []messages.PeerID {
	return slices.SortedFunc(maps.Keys(n.links), messages.PeerID.Compare)
}

// numbers lists the protocols in the order of their numbers.
func (n *neighborhood) numbers() []uint32 {
	return slices.Sorted(maps.Keys(n.protocols))
}

// living returns the link to a neighbor, or nil.
func (n *neighborhood) living(peer messages.PeerID) *link {
	if l := n.links[peer]; l != nil && l.living != nil && !l.living.closing {
		return l
	}
	return nil
}

// tell hands an event to a protocol.
func (n *neighborhood) tell(r *registration, event any) {
	if r != nil && r.pid != nil {
		n.ctx.Send(r.pid, routed{event: event})
	}
}

// tellArc hands an arc event to a protocol and to those that see it.
func (n *neighborhood) tellArc(r *registration, peer messages.PeerID, l *live, event any) {
	if r == nil {
		return
	}
	if r.pid != nil {
		n.ctx.Send(r.pid, routed{event: event, rtt: l.rtt, locks: l.arcs(r.number).locks})
	}
	for _, seer := range r.seers {
		if seer.pid != nil {
			n.ctx.Send(seer.pid, routed{event: messages.Seen{Protocol: r.name, Event: event}, rtt: l.rtt})
		}
	}
}

// fail ends a request without success.
func (n *neighborhood) fail(number uint32, ticket messages.Ticket, op messages.Op, peer messages.PeerID, err error) {
	n.tally.failed(op)
	n.tell(n.protocols[number], messages.Failed{Ticket: ticket, Op: op, Peer: peer, Err: requestError{op, peer, err}})
}

// requestError says what failed, to whom and why.
type requestError struct {
	op   messages.Op
	peer messages.PeerID
	err  error
}

func (e requestError) Error() string {
	return string(e.op) + " " + e.peer.String() + ": " + e.err.Error()
}
func (e requestError) Unwrap() error { return e.err }

func (n *neighborhood) register(r *registration) {
	n.protocols[r.number] = r
	n.ctx.Send(r.pid, registered{r.number})
	n.ctx.Send(n.peer, registered{r.number})
	for _, number := range n.numbers() {
		other := n.protocols[number]
		if slices.Contains(other.sees, r.name) {
			r.seers = append(r.seers, other)
		}
		if other != r && slices.Contains(r.sees, other.name) {
			other.seers = append(other.seers, r)
			n.catchUp(r, other)
		}
	}
	added := &messages.Protocols{Added: []*messages.ProtocolNumber{{Number: r.number, Name: r.name}}}
	for _, peer := range n.peers() {
		if l := n.links[peer].living; l != nil {
			for i := range l.remote {
				if l.remote[i].name == r.name {
					l.remote[i].local, l.remote[i].told = r, false
				}
			}
			n.send(l, added)
		}
	}
}

// catchUp tells a new protocol of the arcs that one it sees has already.
func (n *neighborhood) catchUp(seer, seen *registration) {
	for _, peer := range n.peers() {
		l := n.links[peer].living
		if l == nil {
			continue
		}
		arcs := l.arcs(seen.number)
		for range arcs.out {
			n.ctx.Send(seer.pid, routed{event: messages.Seen{Protocol: seen.name, Event: messages.ArcOpened{Peer: peer, Dir: messages.Out}}, rtt: l.rtt})
		}
		for range arcs.in {
			n.ctx.Send(seer.pid, routed{event: messages.Seen{Protocol: seen.name, Event: messages.ArcOpened{Peer: peer, Dir: messages.In}}, rtt: l.rtt})
		}
	}
}

// unregister ends a protocol's arcs and requests; its connections may linger.
func (n *neighborhood) unregister(number uint32) {
	r := n.protocols[number]
	if r == nil {
		return
	}
	r.pid = nil
	n.takeParked(func(p *parked) bool { return p.number == number })
	for _, peer := range n.peers() {
		l := n.links[peer]
		l.opens = slices.DeleteFunc(l.opens, func(o *pendingOpen) bool {
			if o.number == number {
				n.endOpen(o)
				n.refuseIntroduction(o, messages.ErrNoProtocol)
			}
			return o.number == number
		})
		if l.living != nil {
			n.removeArcs(l, r)
		}
		n.settle(l)
	}
	for _, number := range n.numbers() {
		other := n.protocols[number]
		other.seers = slices.DeleteFunc(other.seers, func(s *registration) bool { return s == r })
	}
	delete(n.protocols, number)
}

func (n *neighborhood) removeArcs(l *link, r *registration) {
	k := l.living
	ledger := k.ledger(r.number)
	if ledger.out > 0 {
		ledger.locks = 0
		for range ledger.out {
			_ = ledger.close()
			n.tellArc(r, l.peer, k, messages.ArcClosed{Peer: l.peer, Dir: messages.Out, Cause: messages.CauseClosed})
		}
		n.sendArcs(l, r.number, 0)
	}
	n.refuseArcs(l, r, k.theirNumber(r.name), 0, messages.ErrNoProtocol)
	for i := range k.remote {
		if k.remote[i].local == r {
			k.remote[i].local = nil
		}
	}
	n.send(k, &messages.Protocols{Removed: []uint32{r.number}})
}

// announcement is the protocols of this peer as Hello tells them.
func (n *neighborhood) announcement() []*messages.ProtocolNumber {
	list := make([]*messages.ProtocolNumber, 0, len(n.protocols))
	for _, number := range n.numbers() {
		list = append(list, &messages.ProtocolNumber{Number: number, Name: n.protocols[number].name})
	}
	return list
}

func (n *neighborhood) byName(name string) *registration {
	for _, r := range n.protocols {
		if r.name == name {
			return r
		}
	}
	return nil
}

// send passes a control message to a connection.
func (n *neighborhood) send(l *live, m messages.Control) {
	n.ctx.Send(l.pid, outbound{class: protocols.Ordered, envelope: messages.Envelope{Message: m}})
}

// hold adds to the jobs that need connections. What a connection held that has
// ended is not the business of the next one to the same peer. The n2n actor may
// know of a connection that lives before we do.
func (n *neighborhood) hold(links [2]linkID, by int) {
	for _, id := range links {
		l := n.links[id.peer]
		switch {
		case l == nil:
		case l.living != nil && l.living.id == id:
			l.living.holds += by
			n.settle(l)
		case l.attempt != nil && l.attempt.id == id:
			l.attempt.holds += by
		}
	}
}
