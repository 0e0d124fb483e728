package protocoltest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Port records the requests of one handler. The test answers them, delivers other
// events and moves the time on. Nothing happens by itself.
type Port struct {
	handler protocols.Handler
	self    messages.PeerID
	clock   clock
	rand    *rand.Rand
	own     protocols.View
	seen    map[string]*protocols.View
	ticket  messages.Ticket
	pending []Request
	lines   []string

	// Quiet leaves timers and metrics out of the transcript.
	Quiet bool
	// RTTs holds the round trips that the handler sees. Others are not measured.
	RTTs map[messages.PeerID]time.Duration
	// Emitted, Sent and Metrics record what the handler has emitted, sent and
	// counted.
	Emitted []any
	Sent    []messages.Send
	Metrics map[string]float64
	// Stopped says that the handler has called Stop.
	Stopped bool
}

// Request is a request of a handler. Peer is the From of an introduction.
type Request struct {
	Ticket   messages.Ticket
	Op       messages.Op
	Peer, To messages.PeerID
}

var _ protocols.Port = (*Port)(nil)

// NewPort makes a handler of the protocol on a peer with the name self. Its random
// numbers come from the seed.
func NewPort(self string, protocol protocols.Protocol, seed uint64) *Port {
	p := &Port{
		handler: protocol.New(), self: Peer(self), clock: clock{now: Epoch},
		rand: rand.New(rand.NewPCG(seed, 0)), seen: map[string]*protocols.View{}, Metrics: map[string]float64{},
	}
	for _, name := range protocol.Sees {
		p.seen[name] = &protocols.View{}
	}
	return p
}

// Adopt takes over the views of another Port, for a handler that replaces one that
// panicked. Deliver Started{Restarted: true} next.
func (p *Port) Adopt(old *Port) { p.own, p.seen = old.own, old.seen }

// Deliver hands events to the handler, one after the other.
func (p *Port) Deliver(events ...any) {
	for _, event := range events {
		p.write("<- " + describeEvent(event))
		apply(&p.own, event)
		if e, ok := event.(messages.Seen); ok && p.seen[e.Protocol] != nil {
			apply(p.seen[e.Protocol], e.Event)
		}
		p.handler.Handle(p, event)
	}
}

// Receive delivers a message of a neighbor.
func (p *Port) Receive(from string, m proto.Message) {
	p.Deliver(messages.Received{From: Peer(from), Message: m})
}

// SeeArc tells the handler of a new arc of one of the protocols that it Sees.
func (p *Port) SeeArc(protocol, peer string, dir messages.Direction) {
	p.Deliver(messages.Seen{Protocol: protocol, Event: messages.ArcOpened{Peer: Peer(peer), Dir: dir}})
}

// SeeEnd tells the handler of the end of such an arc.
func (p *Port) SeeEnd(protocol, peer string, dir messages.Direction, cause messages.Cause) {
	p.Deliver(messages.Seen{Protocol: protocol, Event: messages.ArcClosed{Peer: Peer(peer), Dir: dir, Cause: cause}})
}

// Down ends the connection to a peer: it delivers PeerDown, and an ArcClosed for
// each arc.
func (p *Port) Down(peer string, cause messages.Cause) {
	id := Peer(peer)
	out, in := p.own.Out.Count(id), p.own.In.Count(id)
	p.Deliver(messages.PeerDown{Peer: id, Out: out, In: in, Cause: cause})
	for range out {
		p.Deliver(messages.ArcClosed{Peer: id, Dir: messages.Out, Cause: cause})
	}
	for range in {
		p.Deliver(messages.ArcClosed{Peer: id, Dir: messages.In, Cause: cause})
	}
}

// Pending lists the unanswered requests, in the order in which they were made.
func (p *Port) Pending() []Request { return slices.Clone(p.pending) }

// Succeed ends the oldest pending request of a kind for a peer (the From of an
// introduction) with success. It panics when there is none.
func (p *Port) Succeed(op messages.Op, peer string) {
	r := p.answer(op, Peer(peer))
	switch op {
	case messages.OpOpen:
		p.Deliver(messages.ArcOpened{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.Out})
	case messages.OpClose:
		p.Deliver(messages.ArcClosed{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.Out, Cause: messages.CauseClosed})
	case messages.OpLock:
		p.Deliver(messages.Locked{Ticket: r.Ticket, Peer: r.Peer})
	case messages.OpUnlock:
		p.Deliver(messages.Unlocked{Ticket: r.Ticket, Peer: r.Peer})
	case messages.OpDrop:
		p.Deliver(messages.ArcClosed{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.In, Cause: messages.CauseDropped})
	case messages.OpIntroduce:
		p.Deliver(messages.Introduced{Ticket: r.Ticket, From: r.Peer, To: r.To})
	case messages.OpInvite:
		p.Deliver(messages.ArcOpened{Ticket: r.Ticket, Peer: r.Peer, Dir: messages.In})
	}
}

// Fail ends the oldest pending request of a kind for a peer with an error.
func (p *Port) Fail(op messages.Op, peer string, err error) {
	r := p.answer(op, Peer(peer))
	p.Deliver(messages.Failed{Ticket: r.Ticket, Op: op, Peer: r.Peer, Err: err})
}

// FailContacts ends the oldest pending request for contacts with an error.
func (p *Port) FailContacts(err error) {
	r := p.answer(messages.OpContacts, messages.PeerID{})
	p.Deliver(messages.Failed{Ticket: r.Ticket, Op: r.Op, Err: err})
}

// NameContacts answers the oldest pending request for contacts.
func (p *Port) NameContacts(peers ...string) {
	contacts := messages.Contacts{Ticket: p.answer(messages.OpContacts, messages.PeerID{}).Ticket}
	for _, peer := range peers {
		contacts.Peers = append(contacts.Peers, Peer(peer))
	}
	p.Deliver(contacts)
}

func (p *Port) answer(op messages.Op, peer messages.PeerID) Request {
	i := slices.IndexFunc(p.pending, func(r Request) bool { return r.Op == op && r.Peer == peer })
	if i < 0 {
		panic(fmt.Sprintf("protocoltest: no pending %s of %s; pending: %v", op, Name(peer), p.pending))
	}
	r := p.pending[i]
	p.pending = slices.Delete(p.pending, i, i+1)
	return r
}

// Advance moves the time on, and delivers the timers that come due.
func (p *Port) Advance(d time.Duration) {
	by := p.clock.now.Add(d)
	for e := p.clock.next(by); e != nil; e = p.clock.next(by) {
		e.do()
	}
	p.clock.now = by
}

// Note writes a line of the test into the transcript.
func (p *Port) Note(format string, args ...any) { p.write("# " + fmt.Sprintf(format, args...)) }

// Transcript returns all lines so far.
func (p *Port) Transcript() string { return strings.Join(p.lines, "\n") + "\n" }

func (p *Port) write(line string) { p.lines = append(p.lines, line) }

func (p *Port) request(op messages.Op, peer, to messages.PeerID, line string) messages.Ticket {
	p.ticket++
	p.write("-> " + line + number(p.ticket))
	p.pending = append(p.pending, Request{p.ticket, op, peer, to})
	return p.ticket
}

// Self implements protocols.Port.
func (p *Port) Self() messages.PeerID { return p.self }

// Now implements protocols.Port.
func (p *Port) Now() time.Time { return p.clock.now }

// Rand implements protocols.Port.
func (p *Port) Rand() *rand.Rand { return p.rand }

// View implements protocols.Port.
func (p *Port) View() protocols.View { return p.own }

// ViewOf implements protocols.Port.
func (p *Port) ViewOf(protocol string) protocols.View {
	if v := p.seen[protocol]; v != nil {
		return *v
	}
	return protocols.View{}
}

// RTT implements protocols.Port.
func (p *Port) RTT(peer messages.PeerID) (time.Duration, bool) {
	rtt, ok := p.RTTs[peer]
	return rtt, ok
}

// After implements protocols.Port.
func (p *Port) After(d time.Duration, event any) protocols.Timer {
	if !p.Quiet {
		p.write(fmt.Sprintf("-> after %v %s", d.Round(time.Millisecond), describe(event)))
	}
	return p.clock.after(d, func() {
		p.write(fmt.Sprintf("<- timer %s at %v", describe(event), p.clock.now.Sub(Epoch).Round(time.Millisecond)))
		p.handler.Handle(p, event)
	})
}

// Open implements protocols.Port.
func (p *Port) Open(peer messages.PeerID, relays ...messages.PeerID) messages.Ticket {
	line := "open " + Name(peer)
	if len(relays) > 0 {
		line += " via " + names(relays)
	}
	return p.request(messages.OpOpen, peer, messages.PeerID{}, line)
}

// Close implements protocols.Port.
func (p *Port) Close(peer messages.PeerID) messages.Ticket {
	return p.request(messages.OpClose, peer, messages.PeerID{}, "close "+Name(peer))
}

// Lock implements protocols.Port.
func (p *Port) Lock(peer messages.PeerID) messages.Ticket {
	return p.request(messages.OpLock, peer, messages.PeerID{}, "lock "+Name(peer))
}

// Unlock implements protocols.Port.
func (p *Port) Unlock(peer messages.PeerID) messages.Ticket {
	return p.request(messages.OpUnlock, peer, messages.PeerID{}, "unlock "+Name(peer))
}

// Drop implements protocols.Port.
func (p *Port) Drop(peer messages.PeerID) messages.Ticket {
	return p.request(messages.OpDrop, peer, messages.PeerID{}, "drop "+Name(peer))
}

// Introduce implements protocols.Port.
func (p *Port) Introduce(from, to messages.PeerID, _ ...messages.Views) messages.Ticket {
	return p.request(messages.OpIntroduce, from, to, "introduce "+Name(from)+" "+Name(to))
}

// Invite implements protocols.Port.
func (p *Port) Invite(from messages.PeerID) messages.Ticket {
	return p.request(messages.OpInvite, from, messages.PeerID{}, "invite "+Name(from))
}

// Contacts implements protocols.Port.
func (p *Port) Contacts(n int) messages.Ticket {
	return p.request(messages.OpContacts, messages.PeerID{}, messages.PeerID{}, fmt.Sprintf("contacts %d", n))
}

// Send implements protocols.Port.
func (p *Port) Send(to messages.PeerID, m proto.Message) messages.Ticket {
	p.ticket++
	p.write("-> send " + Name(to) + " " + describe(m) + number(p.ticket))
	p.Sent = append(p.Sent, messages.Send{Ticket: p.ticket, To: to, Message: m})
	return p.ticket
}

// Tell implements protocols.Port.
func (p *Port) Tell(protocol string, event any) {
	p.write("-> tell " + protocol + " " + describe(event))
}

// Emit implements protocols.Port.
func (p *Port) Emit(event any) {
	p.write("-> emit " + describe(event))
	p.Emitted = append(p.Emitted, event)
}

// Count implements protocols.Port.
func (p *Port) Count(metric string, n float64) {
	p.Metrics[metric] += n
	if !p.Quiet {
		p.write(fmt.Sprintf("-> count %s %v", metric, n))
	}
}

// Stop implements protocols.Port.
func (p *Port) Stop() {
	p.write("-> stop")
	p.Stopped = true
}
