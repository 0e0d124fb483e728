package protocoltest

import (
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Bench is a Port that records nothing, for benchmarks of a single handler. Views
// follow the events. Requests get tickets and no answers.
type Bench struct {
	handler protocols.Handler
	now     time.Time
	rand    *rand.Rand
	own     protocols.View
	seen    map[string]*protocols.View
	ticket  messages.Ticket

	// Answer gets each request, if it is set. It may keep a request and answer it
	// later with Handle.
	Answer func(Request)
	// Sent gets each sent message, if it is set.
	Sent func(proto.Message)
}

var _ protocols.Port = (*Bench)(nil)

// NewBench makes a handler of the protocol. Its random numbers come from the seed.
func NewBench(protocol protocols.Protocol, seed uint64) *Bench {
	b := &Bench{handler: protocol.New(), now: Epoch, rand: rand.New(rand.NewPCG(seed, 0)), seen: map[string]*protocols.View{}}
	for _, name := range protocol.Sees {
		b.seen[name] = &protocols.View{}
	}
	return b
}

// Handle hands an event to the handler.
func (b *Bench) Handle(event any) {
	if e, ok := event.(messages.Seen); ok {
		apply(b.seen[e.Protocol], e.Event)
	} else {
		apply(&b.own, event)
	}
	b.handler.Handle(b, event)
}

// Advance moves the time on. No timer is delivered.
func (b *Bench) Advance(d time.Duration) { b.now = b.now.Add(d) }

func (b *Bench) request(op messages.Op, peer, to messages.PeerID) messages.Ticket {
	b.ticket++
	if b.Answer != nil {
		b.Answer(Request{b.ticket, op, peer, to})
	}
	return b.ticket
}

type never struct{}

func (never) Stop() bool { return true }

// Self implements protocols.Port.
func (b *Bench) Self() messages.PeerID { return messages.PeerID{1} }

// Now implements protocols.Port.
func (b *Bench) Now() time.Time { return b.now }

// Rand implements protocols.Port.
func (b *Bench) Rand() *rand.Rand { return b.rand }

// After implements protocols.Port.
func (b *Bench) After(time.Duration, any) protocols.Timer { return never{} }

// View implements protocols.Port.
func (b *Bench) View() protocols.View { return b.own }

// ViewOf implements protocols.Port.
func (b *Bench) ViewOf(protocol string) protocols.View { return *b.seen[protocol] }

// RTT implements protocols.Port.
func (b *Bench) RTT(messages.PeerID) (time.Duration, bool) { return 0, false }

// Open implements protocols.Port.
func (b *Bench) Open(peer messages.PeerID, _ ...messages.PeerID) messages.Ticket {
	return b.request(messages.OpOpen, peer, messages.PeerID{})
}

// Close implements protocols.Port.
func (b *Bench) Close(peer messages.PeerID) messages.Ticket {
	return b.request(messages.OpClose, peer, messages.PeerID{})
}

// Lock implements protocols.Port.
func (b *Bench) Lock(peer messages.PeerID) messages.Ticket {
	return b.request(messages.OpLock, peer, messages.PeerID{})
}

// Unlock implements protocols.Port.
func (b *Bench) Unlock(peer messages.PeerID) messages.Ticket {
	return b.request(messages.OpUnlock, peer, messages.PeerID{})
}

// Drop implements protocols.Port.
func (b *Bench) Drop(peer messages.PeerID) messages.Ticket {
	return b.request(messages.OpDrop, peer, messages.PeerID{})
}

// Introduce implements protocols.Port.
func (b *Bench) Introduce(from, to messages.PeerID, _ ...messages.Views) messages.Ticket {
	return b.request(messages.OpIntroduce, from, to)
}

// Invite implements protocols.Port.
func (b *Bench) Invite(from messages.PeerID) messages.Ticket {
	return b.request(messages.OpInvite, from, messages.PeerID{})
}

// Contacts implements protocols.Port.
func (b *Bench) Contacts(int) messages.Ticket {
	return b.request(messages.OpContacts, messages.PeerID{}, messages.PeerID{})
}

// Send implements protocols.Port.
func (b *Bench) Send(to messages.PeerID, m proto.Message) messages.Ticket {
	if b.Sent != nil {
		b.Sent(m)
	}
	return b.request(messages.OpSend, to, messages.PeerID{})
}

// Tell implements protocols.Port.
func (b *Bench) Tell(string, any) {}

// Emit implements protocols.Port.
func (b *Bench) Emit(any) {}

// Count implements protocols.Port.
func (b *Bench) Count(string, float64) {}

// Stop implements protocols.Port.
func (b *Bench) Stop() {}
