package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Messages to the neighborhood.
type (
	// command is a request of a protocol: one of the messages.… commands.
	command struct {
		number  uint32
		request any
	}
	register struct {
		*links.Protocol
		registration
	}
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
		links [2]links.ID
		by    int
	}
	// linked tells whether the rendezvous can be reached.
	linked struct{ up bool }
	// sayLeave ends every connection with Leave; the peer gets goodbyesSaid.
	sayLeave     struct{}
	leaveOverdue struct{}
)

// registration is what the neighborhood needs to exchange messages for a protocol
// of this peer.
type registration struct {
	pid      *actor.PID
	delivery protocols.Delivery
}

// neighborhood routes envelopes between connection actors and protocol actors. It
// hands the events of connections and the requests to the table of links, and does
// what the table decides.
type neighborhood struct {
	*shell
	ctx         actor.Context
	inbox       *inbox
	links       *links.Table
	protocols   map[uint32]registration
	connections *actor.Props
	pids        map[links.ID]*actor.PID // of connection actors
	ending      int                     // actors of connections that have ended
	leaving     bool
	stopping    bool
}

func newNeighborhood(s *shell) actor.Producer {
	return func() actor.Actor {
		n := &neighborhood{
			shell: s, protocols: map[uint32]registration{}, pids: map[links.ID]*actor.PID{},
			connections: s.world.props(func() actor.Actor { return &connection{shell: s} }),
		}
		c := s.config
		n.links = links.New(s.self, links.Config{
			Times: s.times, RetryWait: c.RetryWait, MaxRetries: c.MaxRetries,
			MaxConnections: c.MaxConnections, MaxHalfOpen: c.MaxHalfOpen, MaxOpens: c.MaxOpens, MaxArcs: c.MaxArcs, MaxRelays: c.MaxRelays,
		}, s.world.Clock.Now, s.world.Rand("neighborhood"), (*effects)(n))
		return n
	}
}

func (n *neighborhood) Receive(ctx actor.Context) {
	n.ctx = ctx
	if n.stopping {
		return // what connections send at their end must start no new one
	}
	switch m := ctx.Message().(type) {
	case linkReceived:
		n.received(m)
	case command:
		n.command(m)
	case linkControl:
		n.links.Control(m.link, m.message)
	case linkOpened:
		n.links.Opened(m.link)
	case linkLiving:
		n.links.Living(m.link, m.hello, m.rtt)
	case linkClosed:
		n.closed(m)
	case linkCongestion:
		n.links.Congested(m.link, m.congested)
	case sendFailed:
		n.links.Fail(m.origin, m.ticket, messages.OpSend, m.to, m.err)
	case malformed:
		n.links.Violated(m.link, m.err)
	case signalForUs:
		n.links.Signaled(m.from, m.signal, m.route)
	case introducedTo:
		n.links.IntroducedTo(m.by, m.to, m.job, m.protocol)
	case introductionEnded:
		n.links.IntroductionEnded(m.Introduction, m.err)
	case holding:
		n.links.Hold(m.links, m.by)
	case register:
		n.register(m)
	case unregister:
		n.links.Unregister(m.number)
		delete(n.protocols, m.number)
		ctx.Send(n.peer, unregistered{m.pid})
	case mute:
		n.links.Mute(m.number)
		ctx.Send(n.peer, unregistered{m.pid})
	case answerTo:
		n.links.Tell(m.number, m.event)
	case linked:
		n.links.Linked(m.up)
	case links.Due:
		n.links.Due(m)
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
		n.stopping = true
		n.inbox.close()
		n.links.Stop()
	}
}

// HandleFailure ends the connection whose actor panicked.
func (n *neighborhood) HandleFailure(_ *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	n.links.Tally.Add(tally.ConnectionPanics)
	n.log.Error("connection actor panicked, its connection is closed", "actor", child.Id, "reason", reason)
	for id, pid := range n.pids {
		if pid.Id == child.Id {
			n.closed(linkClosed{link: id, err: messages.ErrClosed})
			return
		}
	}
	supervisor.StopChildren(child)
}

func (n *neighborhood) register(m register) {
	n.protocols[m.Number] = m.registration
	n.ctx.Send(m.pid, registered{m.Number})
	n.ctx.Send(n.peer, registered{m.Number})
	n.links.Register(m.Protocol)
}

// received hands a neighbor's envelopes to the protocols that they name.
func (n *neighborhood) received(m linkReceived) {
	for _, envelope := range m.envelopes {
		if number, ok := n.links.Recipient(m.link, m.class, envelope.Protocol); ok {
			n.ctx.Send(n.protocols[number].pid, inbound{from: m.link.Peer, link: m.link, envelope: envelope})
		}
	}
}

// command obeys a request of a protocol.
func (n *neighborhood) command(m command) {
	send, ok := m.request.(messages.Send)
	if !ok {
		n.links.Request(m.number, m.request)
		return
	}
	r, ok := n.protocols[m.number]
	if !ok {
		return
	}
	link, err := n.links.Route(m.number, send.To)
	if err != nil {
		n.links.Fail(m.number, send.Ticket, messages.OpSend, send.To, err)
		return
	}
	n.ctx.Send(n.pids[link], outbound{
		class:    r.delivery,
		envelope: messages.Envelope{Protocol: m.number, Message: send.Message},
		origin:   m.number, ticket: send.Ticket,
	})
}

// closed takes the end of a connection. The n2n actor stops the connection's actor,
// because it sends to it as well.
func (n *neighborhood) closed(m linkClosed) {
	if m.violated {
		n.links.Tally.Add(tally.ConnectionsViolated)
	}
	if pid := n.pids[m.link]; pid != nil {
		delete(n.pids, m.link)
		n.ending++
		n.ctx.Send(n.n2n, stopConnection{m.link, pid})
	}
	n.links.Closed(m.link, m.err)
}

// buried goes on after the end of a connection's actor.
func (n *neighborhood) buried() {
	n.ending--
	if n.leaving && len(n.pids)+n.ending == 0 {
		n.left()
	}
}

func (n *neighborhood) sayLeave() {
	n.leaving = true
	n.links.Leave()
	if len(n.pids)+n.ending == 0 {
		n.left()
		return
	}
	n.after(n.inbox, n.config.LeaveGrace, leaveOverdue{})
}

func (n *neighborhood) left() { n.ctx.Send(n.peer, goodbyesSaid{}) }
