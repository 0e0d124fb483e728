package actors

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Messages from the handle to the peer actor.
type (
	spawn struct {
		protocol protocols.Protocol
		done     func(*actor.PID, error)
	}
	remove struct {
		name string
		done func(error)
	}
	subscribe struct {
		id          uint64
		protocol    string
		connections bool // in place of a protocol
		notify      func(event any)
	}
	unsubscribe struct{ id uint64 }
	// question tells a protocol an event. done gets the answer.
	question struct {
		name     string // of the asker, as the protocol is told it
		protocol string
		event    any
		bounded  bool // who asks has a deadline
		done     func(event any, err error)
		timer    Timer // nil if bounded
	}
	// forget ends a question: nobody waits for the answer any more, or the time is up.
	forget       struct{ name string }
	takeSnapshot struct{ done func(Snapshot) }
	depart       struct{}
	crash        struct{}

	// unregistered tells that nothing sends to a protocol actor any more.
	unregistered struct{ pid *actor.PID }
	// goodbyesSaid tells that the neighborhood has ended its connections.
	goodbyesSaid struct{}
	// hungUp tells that the rendezvous has left the room, and sends nothing any more.
	hungUp        struct{}
	leaveDeadline struct{}
)

// peer supervises the actors of one peer, and knows its protocols.
type peer struct {
	*shell
	handle *Peer
	ctx    actor.Context
	inbox  *inbox

	protocols   map[uint32]*running
	last        uint32 // number given
	subscribers []subscribe
	gatherings  []*gathering
	ending      map[string]string     // names of the protocols that have not stopped yet, by PID
	later       map[string][]spawn    // that wait for one of their name to stop
	asked       map[string][]*request // of the handle, by the PID they went to
	questions   map[string]question   // that were not answered yet, by the asker's name
	entering    bool                  // it is in a room, or was told to enter one
	leaving     bool
	timer       Timer
	// What the peer waits for before it stops its actors: one that is still at work would
	// send to others that are gone.
	goodbyesSaid, hungUp bool
}

// askPatience is how long a question without a deadline waits for its answer: longer than a
// request between two peers may take (unicast.Config.MaxDeadline).
const askPatience = 2 * time.Minute

func (p *peer) Receive(ctx actor.Context) {
	p.ctx = ctx
	switch m := ctx.Message().(type) {
	case emitted:
		p.emitted(m)
	case tell:
		p.tell(m)
	case *request:
		p.request(m)
	case question:
		p.question(m)
	case forget:
		p.answered(m.name, nil, fmt.Errorf("protocol %q did not answer within %v: does it know the event? %w", p.questions[m.name].protocol, askPatience, messages.ErrTimeout))
	case spawn:
		if err := p.founded(m.protocol); p.entering && !p.leaving && p.byName(m.protocol.Name) == nil && err != nil {
			m.done(nil, fmt.Errorf("spawn %s: %w", m.protocol.Name, err))
			return
		}
		p.trySpawn(m)
	case registered:
		p.registered(m.number)
	case remove:
		m.done(p.remove(m.name))
	case subscribe:
		p.subscribers = append(p.subscribers, m)
	case unsubscribe:
		p.subscribers = slices.DeleteFunc(p.subscribers, func(s subscribe) bool { return s.id == m.id })
	case enter:
		p.enter(m)
	case takeSnapshot:
		p.collect(m.done)
	case collected:
		p.collected(m)
	case *actor.Terminated:
		p.terminated(m.Who)
	case unregistered:
		p.gathered(m.pid)
		// It handles the messages that wait before it stops, so that all are
		// answered.
		ctx.Poison(m.pid)
	case protocolStopped:
		p.stopped(m.number)
	case depart:
		p.depart()
	case leaveDeadline:
		p.sayGoodbye()
	case goodbyesSaid:
		p.goodbyesSaid = true
		p.stopOnce()
	case hungUp:
		p.hungUp = true
		p.stopOnce()
	case crash:
		p.crash(fmt.Errorf("crashed on request"))
	case *actor.Started:
		p.start()
	case *actor.Restarting:
		// protoactor restarts a root actor that panicked; start ends it then.
		p.handle.fail(fmt.Errorf("the peer actor panicked"))
	case *actor.Stopping:
		p.leaving = true
		p.inbox.close()
	case *actor.Stopped:
		p.world.Transport.Close()
		p.handle.end()
	}
}

func (p *peer) start() {
	p.inbox = newInbox(p.ctx)
	if p.handle.err != nil {
		p.ctx.Stop(p.ctx.Self())
		return
	}
	p.peer = p.ctx.Self()
	p.n2n = p.child("n2n", newN2N(p.shell))
	p.rendezvous = p.child("rendezvous", func() actor.Actor { return &rendezvous{shell: p.shell} })
	p.neighborhood = p.child("neighborhood", newNeighborhood(p.shell))
}

func (p *peer) child(name string, producer actor.Producer) *actor.PID {
	pid, err := p.ctx.SpawnNamed(p.world.props(producer), name)
	if err != nil {
		panic(fmt.Sprintf("actors: %s of %s: %v", name, p.self, err))
	}
	return pid
}

// question passes on a question. The protocol answers by telling the asker.
func (p *peer) question(m question) {
	r := p.byName(m.protocol)
	if r == nil || r.done != nil {
		m.done(nil, fmt.Errorf("protocol %q: %w", m.protocol, messages.ErrNoProtocol))
		return
	}
	if !m.bounded {
		m.timer = p.after(p.inbox, askPatience, forget{m.name})
	}
	p.questions[m.name] = m
	p.ctx.Send(r.pid, told{m.name, m.event})
}

// answered ends a question, if it has not ended.
func (p *peer) answered(name string, event any, err error) {
	q, ok := p.questions[name]
	if !ok {
		return
	}
	delete(p.questions, name)
	if q.timer != nil {
		q.timer.Stop()
	}
	q.done(event, err)
}

// unanswered ends the questions to a protocol that has forgotten them.
func (p *peer) unanswered(protocol, why string) {
	for _, name := range slices.Sorted(maps.Keys(p.questions)) {
		if q := p.questions[name]; q.protocol == protocol {
			p.answered(name, nil, fmt.Errorf("protocol %q %s before it answered: %w", protocol, why, messages.ErrClosed))
		}
	}
}

// HandleFailure restarts a protocol whose handler panicked, or removes it after too
// many; a panic of any other actor crashes the peer.
func (p *peer) HandleFailure(_ *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason, message any) {
	for _, r := range p.protocols {
		if r.pid.Id != child.Id {
			continue
		}
		if r.restarts(p.world.Clock.Now()) {
			p.log.Error("handler panicked, it is made anew", "protocol", r.protocol.Name, "reason", reason, "msg", fmt.Sprintf("%T", message))
			supervisor.RestartChildren(child)
			p.unanswered(r.protocol.Name, "panicked")
			return
		}
		p.log.Error("handler panicked too often, its protocol is removed", "protocol", r.protocol.Name, "reason", reason)
		p.stopped(r.number)
		supervisor.StopChildren(child)
		return
	}
	switch child.Id {
	case p.neighborhood.Id, p.n2n.Id, p.rendezvous.Id:
	default: // a protocol that is being removed
		p.log.Error("handler panicked while its protocol is removed", "actor", child.Id, "reason", reason)
		supervisor.StopChildren(child)
		return
	}
	p.log.Error("peer crashed", "actor", child.Id, "reason", reason)
	p.crash(fmt.Errorf("actor %s panicked: %v", child.Id, reason))
}

// crash ends the peer without a word to its neighbors.
func (p *peer) crash(err error) {
	p.handle.fail(err)
	p.world.Transport.Close()
	p.ctx.Stop(p.ctx.Self())
}

// request passes a request of the handle to its protocol, and remembers it in
// case the protocol ends first.
func (p *peer) request(m *request) {
	r := p.byName(m.protocol)
	if r == nil || r.done != nil {
		m.answer(messages.Failed{Err: fmt.Errorf("protocol %q: %w", m.protocol, messages.ErrNoProtocol)})
		return
	}
	p.asked[r.pid.Id] = append(slices.DeleteFunc(p.asked[r.pid.Id], (*request).answered), m)
	p.ctx.Send(r.pid, m)
}

// enter goes to the rendezvous, once all protocols have what they build over.
func (p *peer) enter(m enter) {
	for _, number := range p.numbers() {
		if err := p.founded(p.protocols[number].protocol); err != nil {
			m.done(messages.PeerID{}, fmt.Errorf("join %q: %w", m.room, err))
			return
		}
	}
	p.entering = true
	p.ctx.Send(p.rendezvous, m)
}

func (p *peer) tell(m tell) {
	if q, ok := p.questions[m.to]; ok && q.protocol == m.from {
		p.answered(m.to, m.event, nil)
		return
	}
	if r := p.byName(m.to); r != nil && r.done == nil {
		p.ctx.Send(r.pid, told{m.from, m.event})
	}
}

func (p *peer) emitted(m emitted) {
	for _, s := range p.subscribers {
		if s.protocol == m.protocol && s.connections == (m.protocol == "") {
			s.notify(m.event)
		}
	}
}

// depart asks every protocol to take leave. sayGoodbye follows.
func (p *peer) depart() {
	if p.leaving {
		return
	}
	p.leaving = true
	if len(p.protocols) == 0 {
		p.sayGoodbye()
		return
	}
	p.timer = p.after(p.inbox, p.config.LeaveGrace, leaveDeadline{})
	deadline := p.world.Clock.Now().Add(p.config.LeaveGrace)
	for _, number := range p.numbers() {
		p.ctx.Send(p.protocols[number].pid, leave{deadline})
	}
}

// sayGoodbye ends the connections with Leave.
func (p *peer) sayGoodbye() {
	if p.timer != nil {
		p.timer.Stop()
	}
	for _, number := range p.numbers() {
		r := p.protocols[number]
		delete(p.protocols, number)
		p.ctx.Send(p.neighborhood, mute{number, r.pid})
	}
	p.tellRunning()
	p.ctx.Send(p.rendezvous, quit{})
	p.ctx.Send(p.neighborhood, sayLeave{})
}

// stopOnce ends the peer once nothing is left to be said.
func (p *peer) stopOnce() {
	if p.goodbyesSaid && p.hungUp {
		p.ctx.Stop(p.ctx.Self())
	}
}
