package actors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Messages to a protocol actor, beside links.Event.
type (
	// inbound is a message from the same protocol on a neighbor.
	inbound struct {
		from     messages.PeerID
		link     links.ID
		envelope messages.Envelope
	}
	// told is an event from another protocol of the peer, or from its handle.
	told struct {
		from  string
		event any
	}
	// leave asks the protocol to take leave.
	leave struct{ deadline time.Time }

	timeUp struct {
		timer *timer
		event any
	}
)

// Messages from a protocol actor.
type (
	// malformed tells the neighborhood of a message that the protocol cannot
	// decode.
	malformed struct {
		link links.ID
		err  error
	}
	// tell goes to the peer actor, which finds the other protocol.
	tell struct {
		from, to string
		event    any
	}
	// emitted goes to the peer actor, for its subscribers; protocol is empty for
	// events of the connections.
	emitted struct {
		protocol string
		event    any
	}
	// protocolStopped tells the peer actor that a protocol ended itself.
	protocolStopped struct{ number uint32 }
)

// panicLimit is how many panics within panicWindow of the peer's clock a protocol
// survives with a new handler.
const (
	panicLimit  = 5
	panicWindow = time.Minute
)

// instance is what stays when a handler panics, such as its arcs and its tickets.
type instance struct {
	*shell
	protocol protocols.Protocol
	number   uint32
	rand     *rand.Rand
	tickets  messages.Ticket
	view     protocols.View
	seen     map[string]*protocols.View
	rtts     map[messages.PeerID]time.Duration
	counts   map[string]float64           // by metric
	asks     map[messages.Ticket]*request // requests of the handle
	panics   []time.Time
	started  bool
	leaving  *leave // asked to, before or after the start
	stopped  bool
}

// restarts notes a panic and reports whether a new handler is to be made.
func (i *instance) restarts(now time.Time) bool {
	i.panics = slices.DeleteFunc(i.panics, func(t time.Time) bool { return now.Sub(t) >= panicWindow })
	i.panics = append(i.panics, now)
	return len(i.panics) < panicLimit
}

// protocolActor runs a Handler. A passive protocol has none: its events go to its
// subscribers.
type protocolActor struct {
	*instance
	ctx     actor.Context
	inbox   *inbox
	handler protocols.Handler
}

func (p *protocolActor) Receive(ctx actor.Context) {
	p.ctx = ctx
	switch m := ctx.Message().(type) {
	case inbound:
		p.received(m)
	case links.Event:
		p.routed(m)
	case timeUp:
		if m.timer.pending && m.timer.inbox == p.inbox {
			m.timer.pending = false
			p.handle(m.event)
		}
	case told:
		p.handle(messages.Told{From: m.from, Event: m.event})
	case *request:
		p.asked(m)
	case leave:
		p.leave(m)
	case collect:
		p.collect(m)
	case *actor.Started:
		p.inbox = newInbox(ctx)
		if p.started {
			p.start()
		}
	case registered:
		p.start()
	case *actor.Restarting:
		p.inbox.close()
	case *actor.Stopping:
		p.stopped = true
		p.inbox.close()
		p.last()
	case *actor.Stopped, *actor.Terminated:
	default:
		p.obey(m)
	}
}

func (p *protocolActor) start() {
	if p.protocol.New != nil {
		p.handler = p.protocol.New()
	}
	restarted := p.started
	p.started = true
	p.handle(messages.Started{Restarted: restarted})
	if p.leaving != nil {
		p.leave(*p.leaving)
	}
}

// leave asks the handler to take leave, once it has started.
func (p *protocolActor) leave(m leave) {
	switch p.leaving = &m; {
	case !p.started:
	case p.handler == nil:
		p.Stop()
	default:
		p.handle(messages.Leaving{Deadline: m.deadline})
	}
}

// handle gives the handler an event, unless the protocol has stopped.
func (p *protocolActor) handle(event any) {
	if !p.stopped {
		p.deliver(event)
	}
}

func (p *protocolActor) deliver(event any) {
	if p.handler != nil {
		p.handler.Handle(p, event)
	} else {
		p.Emit(event)
	}
}

// last gives the handler its last event. A panic here would leave the actor half
// stopped, and its callers would wait for ever.
func (p *protocolActor) last() {
	defer func() {
		if reason := recover(); reason != nil {
			p.log.Error("handler panicked on Stopped", "protocol", p.protocol.Name, "reason", reason)
		}
	}()
	if p.started {
		p.deliver(messages.Stopped{})
	}
}

// received decodes a message, once, and hands it to the handler.
func (p *protocolActor) received(m inbound) {
	message := m.envelope.Message
	if message == nil {
		var err error
		if message, err = p.decode(m.envelope.Payload); err != nil {
			p.ctx.Send(p.neighborhood, malformed{m.link, fmt.Errorf("a message of protocol %s: %w", p.protocol.Name, err)})
			return
		}
		m.envelope.Done() // what is decoded is a copy
	}
	p.handle(messages.Received{From: m.from, Message: message})
}

func (p *protocolActor) decode(payload []byte) (proto.Message, error) {
	if p.protocol.Message == nil {
		return nil, fmt.Errorf("the protocol exchanges no messages")
	}
	message := p.protocol.Message.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(payload, message); err != nil {
		return nil, fmt.Errorf("decode %T: %w", message, err)
	}
	return message, nil
}

// routed updates the view and hands the event on.
func (p *protocolActor) routed(m links.Event) {
	switch e := m.Event.(type) {
	case messages.ArcOpened:
		p.measured(e.Peer, m.RTT)
		p.view.Change(e.Peer, e.Dir, 1, m.Locks)
	case messages.ArcClosed:
		p.view.Change(e.Peer, e.Dir, -1, m.Locks)
		p.forget(e.Peer)
	case messages.Locked:
		p.view.Change(e.Peer, messages.Out, 0, m.Locks)
	case messages.Unlocked:
		p.view.Change(e.Peer, messages.Out, 0, m.Locks)
	case messages.Seen:
		p.sawArc(e, m.RTT)
	}
	if ticket := messages.TicketOf(m.Event); p.asks[ticket] != nil {
		p.asks[ticket].answer(m.Event)
		delete(p.asks, ticket)
	}
	p.handle(m.Event)
}

// asked makes a request for the peer's handle. The handler too gets the event that
// ends it, with a ticket that it did not ask for.
func (p *protocolActor) asked(m *request) {
	t := p.ticket() | 1<<63 // apart from those that senders to the PID choose
	if m.done != nil {
		p.asks[t] = m
	}
	p.obey(m.command(t))
}

func (p *protocolActor) sawArc(e messages.Seen, rtt time.Duration) {
	view := p.seen[e.Protocol]
	if view == nil {
		view = &protocols.View{}
		p.seen[e.Protocol] = view
	}
	switch arc := e.Event.(type) {
	case messages.ArcOpened:
		p.measured(arc.Peer, rtt)
		view.Change(arc.Peer, arc.Dir, 1, 0)
	case messages.ArcClosed:
		view.Change(arc.Peer, arc.Dir, -1, 0)
		p.forget(arc.Peer)
	}
}

// measured notes the round trip to the peer of an arc.
func (p *protocolActor) measured(peer messages.PeerID, rtt time.Duration) {
	if rtt > 0 {
		p.rtts[peer] = rtt
	}
}

// forget drops the round trip to a peer that no view holds any more.
func (p *protocolActor) forget(peer messages.PeerID) {
	if p.view.Has(peer) {
		return
	}
	for _, view := range p.seen {
		if view.Has(peer) {
			return
		}
	}
	delete(p.rtts, peer)
}

// obey takes a message that was sent to the protocol's PID. It does what a command
// asks for, and hands any other message to the handler.
func (p *protocolActor) obey(message any) {
	switch m := message.(type) {
	case messages.Open, messages.Close, messages.Lock, messages.Unlock, messages.Drop,
		messages.Introduce, messages.Invite:
		p.request(m)
	case messages.Send:
		p.send(m)
	case messages.ContactsOf:
		p.ctx.Send(p.rendezvous, contactsFor{number: p.number, ticket: m.Ticket, n: m.N})
	case messages.Tell:
		p.Tell(m.Protocol, m.Event)
	case messages.Stop:
		p.Stop()
	default:
		p.handle(m)
	}
}
