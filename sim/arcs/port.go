package arcs

import (
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
)

// timer is a pending event of a handler.
type timer struct {
	proc  *proc
	event any
	handle
}

func (t *timer) due() {
	if !t.proc.stopping {
		t.proc.peer.turn(t.proc, t.event, 0)
	}
}

// Stop implements protocols.Timer.
func (t *timer) Stop() bool { return t.proc.peer.worker.calendar.cancel(t.handle) }

// Self implements protocols.Port.
func (c *proc) Self() messages.PeerID { return c.peer.id() }

// Now implements protocols.Port.
func (c *proc) Now() time.Time { return sim.Epoch.Add(c.peer.worker.now) }

// Rand implements protocols.Port.
func (c *proc) Rand() *rand.Rand { return &c.rand }

// View implements protocols.Port.
func (c *proc) View() protocols.View { return c.view }

// ViewOf implements protocols.Port.
func (c *proc) ViewOf(protocol string) protocols.View {
	for i := range c.seen {
		if c.peer.world.names[c.seen[i].name] == protocol {
			return c.seen[i].view
		}
	}
	return protocols.View{}
}

// RTT implements protocols.Port.
func (c *proc) RTT(peer messages.PeerID) (time.Duration, bool) {
	if !c.view.Has(peer) && !slices.ContainsFunc(c.seen, func(v seenView) bool { return v.view.Has(peer) }) {
		return 0, false
	}
	if l := c.peer.link(c.peer.world.index.find(peer)); l != nil && l.living && l.rtt > 0 {
		return l.rtt, true
	}
	return 0, false
}

// After implements protocols.Port.
func (c *proc) After(d time.Duration, e any) protocols.Timer {
	t := &timer{proc: c, event: e}
	t.handle = c.peer.own(d, event{kind: kTimer, body: t})
	return t
}

func (c *proc) ticket() messages.Ticket {
	c.tickets++
	return c.tickets
}

// Open implements protocols.Port.
func (c *proc) Open(peer messages.PeerID, via ...messages.PeerID) messages.Ticket {
	t := c.ticket()
	c.peer.open(c, t, peer, via)
	return t
}

// Close implements protocols.Port.
func (c *proc) Close(peer messages.PeerID) messages.Ticket {
	t := c.ticket()
	c.peer.closeArc(c, t, peer)
	return t
}

// Lock implements protocols.Port.
func (c *proc) Lock(peer messages.PeerID) messages.Ticket {
	t := c.ticket()
	c.peer.lock(c, t, peer)
	return t
}

// Unlock implements protocols.Port.
func (c *proc) Unlock(peer messages.PeerID) messages.Ticket {
	t := c.ticket()
	c.peer.unlock(c, t, peer)
	return t
}

// Drop implements protocols.Port.
func (c *proc) Drop(peer messages.PeerID) messages.Ticket {
	t := c.ticket()
	c.peer.drop(c, t, peer)
	return t
}

// Introduce implements protocols.Port.
func (c *proc) Introduce(from, to messages.PeerID, views ...messages.Views) messages.Ticket {
	t := c.ticket()
	m := messages.Introduce{Ticket: t, From: from, To: to}
	if len(views) > 0 {
		m.Views = views[0]
	}
	c.peer.introduce(c, m, 0)
	return t
}

// Invite implements protocols.Port.
func (c *proc) Invite(from messages.PeerID) messages.Ticket {
	t := c.ticket()
	c.peer.introduce(c, messages.Introduce{Ticket: t, From: from, To: c.peer.id()}, 0)
	return t
}

// Contacts implements protocols.Port.
func (c *proc) Contacts(n int) messages.Ticket {
	t := c.ticket()
	c.peer.contacts(c, t, n)
	return t
}

// Send implements protocols.Port.
func (c *proc) Send(to messages.PeerID, m proto.Message) messages.Ticket {
	t := c.ticket()
	c.peer.sendMessage(c, t, to, m)
	return t
}

// Tell implements protocols.Port.
func (c *proc) Tell(protocol string, event any) {
	for _, other := range c.peer.procs {
		if other.protocol.Name == protocol && !other.stopping {
			c.peer.turn(other, messages.Told{From: c.protocol.Name, Event: event}, 0)
		}
	}
}

// Emit implements protocols.Port.
func (c *proc) Emit(event any) { c.peer.emit(c.name, event) }

// Count implements protocols.Port.
func (c *proc) Count(metric string, n float64) {
	counts := &c.peer.worker.counts[c.name]
	if *counts == nil {
		*counts = map[string]float64{}
	}
	(*counts)[metric] += n
}

// Stop implements protocols.Port.
func (c *proc) Stop() { c.peer.stopped(c) }

// obey does what a command of package messages asks for; any other message is the
// handler's.
func (c *proc) obey(command any) {
	p := c.peer
	switch m := command.(type) {
	case messages.Open:
		p.open(c, m.Ticket, m.Peer, m.Via)
	case messages.Close:
		p.closeArc(c, m.Ticket, m.Peer)
	case messages.Lock:
		p.lock(c, m.Ticket, m.Peer)
	case messages.Unlock:
		p.unlock(c, m.Ticket, m.Peer)
	case messages.Drop:
		p.drop(c, m.Ticket, m.Peer)
	case messages.Introduce:
		p.introduce(c, m, 0)
	case messages.Invite:
		p.introduce(c, messages.Introduce{Ticket: m.Ticket, From: m.Peer, To: p.id()}, 0)
	case messages.ContactsOf:
		p.contacts(c, m.Ticket, m.N)
	case messages.Send:
		p.sendMessage(c, m.Ticket, m.To, m.Message)
	case messages.Tell:
		c.Tell(m.Protocol, m.Event)
	case messages.Stop:
		c.Stop()
	default:
		p.turn(c, command, 0)
	}
}
