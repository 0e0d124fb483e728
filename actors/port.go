package actors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The protocol actor is the Port of its handler. Requests become messages to the
// neighborhood, to the rendezvous and to the peer.
var _ protocols.Port = (*protocolActor)(nil)

func (p *protocolActor) Self() messages.PeerID { return p.self }
func (p *protocolActor) Now() time.Time        { return p.world.Clock.Now() }
func (p *protocolActor) Rand() *rand.Rand      { return p.rand }
func (p *protocolActor) View() protocols.View  { return p.view }

func (p *protocolActor) ViewOf(protocol string) protocols.View {
	if view := p.seen[protocol]; view != nil {
		return *view
	}
	return protocols.View{}
}

func (p *protocolActor) RTT(peer messages.PeerID) (time.Duration, bool) {
	rtt, ok := p.rtts[peer]
	return rtt, ok
}

// timer is a pending event of the handler.
type timer struct {
	pending bool
	inbox   *inbox // of the handler that set it
	clock   Timer
}

func (t *timer) Stop() bool {
	was := t.pending
	t.pending = false
	t.clock.Stop()
	return was
}

func (p *protocolActor) After(d time.Duration, event any) protocols.Timer {
	t := &timer{pending: true, inbox: p.inbox}
	t.clock = p.after(p.inbox, d, timeUp{t, event})
	return t
}

func (p *protocolActor) ticket() messages.Ticket {
	p.tickets++
	return p.tickets
}

// request sends a command to the neighborhood.
func (p *protocolActor) request(request any) {
	p.ctx.Send(p.neighborhood, command{p.number, request})
}

func (p *protocolActor) Open(peer messages.PeerID, via ...messages.PeerID) messages.Ticket {
	t := p.ticket()
	p.request(messages.Open{Ticket: t, Peer: peer, Via: slices.Clone(via)})
	return t
}

func (p *protocolActor) Close(peer messages.PeerID) messages.Ticket {
	t := p.ticket()
	p.request(messages.Close{Ticket: t, Peer: peer})
	return t
}

func (p *protocolActor) Lock(peer messages.PeerID) messages.Ticket {
	t := p.ticket()
	p.request(messages.Lock{Ticket: t, Peer: peer})
	return t
}

func (p *protocolActor) Unlock(peer messages.PeerID) messages.Ticket {
	t := p.ticket()
	p.request(messages.Unlock{Ticket: t, Peer: peer})
	return t
}

func (p *protocolActor) Drop(peer messages.PeerID) messages.Ticket {
	t := p.ticket()
	p.request(messages.Drop{Ticket: t, Peer: peer})
	return t
}

func (p *protocolActor) Introduce(from, to messages.PeerID, views ...messages.Views) messages.Ticket {
	t := p.ticket()
	c := messages.Introduce{Ticket: t, From: from, To: to}
	if len(views) > 0 {
		c.Views = views[0]
	}
	p.request(c)
	return t
}

func (p *protocolActor) Invite(from messages.PeerID) messages.Ticket {
	t := p.ticket()
	p.request(messages.Invite{Ticket: t, Peer: from})
	return t
}

func (p *protocolActor) Contacts(n int) messages.Ticket {
	t := p.ticket()
	p.ctx.Send(p.rendezvous, contactsFor{number: p.number, ticket: t, n: n})
	return t
}

func (p *protocolActor) Send(to messages.PeerID, m proto.Message) messages.Ticket {
	t := p.ticket()
	p.send(messages.Send{Ticket: t, To: to, Message: m})
	return t
}

// send refuses a message of another type than the protocol's: no peer could decode
// it.
func (p *protocolActor) send(c messages.Send) {
	prototype := p.protocol.Message
	if prototype == nil || c.Message == nil || !c.Message.ProtoReflect().IsValid() ||
		c.Message.ProtoReflect().Descriptor() != prototype.ProtoReflect().Descriptor() {
		err := fmt.Errorf("%T: protocol %s exchanges %T: %w", c.Message, p.protocol.Name, prototype, messages.ErrNoProtocol)
		p.ctx.Send(p.neighborhood, sendFailed{c.To, p.number, c.Ticket, err})
		return
	}
	p.request(c)
}

func (p *protocolActor) Tell(protocol string, event any) {
	p.ctx.Send(p.peer, tell{p.protocol.Name, protocol, event})
}

func (p *protocolActor) Emit(event any) {
	p.ctx.Send(p.peer, emitted{p.protocol.Name, event})
}

func (p *protocolActor) Count(metric string, n float64) { p.counts[metric] += n }

func (p *protocolActor) Stop() {
	if !p.stopped {
		p.stopped = true
		p.ctx.Send(p.peer, protocolStopped{p.number})
	}
}
