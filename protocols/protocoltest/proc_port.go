package protocoltest

import (
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The methods below implement protocols.Port for a handler in a Network.

// Self implements protocols.Port.
func (c *proc) Self() messages.PeerID { return c.node.id }

// Now implements protocols.Port.
func (c *proc) Now() time.Time { return c.network.clock.now }

// Rand implements protocols.Port.
func (c *proc) Rand() *rand.Rand { return c.rand }

// After implements protocols.Port.
func (c *proc) After(d time.Duration, event any) protocols.Timer {
	return c.network.clock.after(d, true, func() { c.handle(event) })
}

// View implements protocols.Port.
func (c *proc) View() protocols.View { return *c.told[c.Name] }

// ViewOf implements protocols.Port.
func (c *proc) ViewOf(protocol string) protocols.View {
	if v := c.told[protocol]; v != nil {
		return *v
	}
	return protocols.View{}
}

// RTT implements protocols.Port. Nothing is ever measured.
func (c *proc) RTT(messages.PeerID) (time.Duration, bool) { return 0, false }

// Open implements protocols.Port.
func (c *proc) Open(peer messages.PeerID, relays ...messages.PeerID) messages.Ticket {
	t := c.draw()
	end := c.begin(t, messages.OpOpen, peer, nil)
	if err := c.fault(messages.OpOpen, c.node.id, peer); err != nil {
		end(err)
		return t
	}
	var via messages.PeerID
	if len(relays) > 0 {
		via = relays[0]
	}
	c.open(peer, via, t, nil, end)
	return t
}

// Close implements protocols.Port.
func (c *proc) Close(peer messages.PeerID) messages.Ticket {
	t, a := c.draw(), c.truth.Out.Get(peer)
	switch {
	case a.Count == 0:
		c.fail(t, messages.OpClose, peer, messages.ErrNoArc)
	case a.Count == a.Locks:
		c.fail(t, messages.OpClose, peer, messages.ErrLocked)
	default:
		change(c.truth, peer, messages.Out, -1)
		c.tell(messages.ArcClosed{Ticket: t, Peer: peer, Dir: messages.Out, Cause: messages.CauseClosed})
		c.announce(peer, messages.CauseClosed, nil)
	}
	return t
}

// Lock implements protocols.Port.
func (c *proc) Lock(peer messages.PeerID) messages.Ticket {
	t, a := c.draw(), c.truth.Out.Get(peer)
	switch {
	case a.Count == 0:
		c.fail(t, messages.OpLock, peer, messages.ErrNoArc)
	case a.Count == a.Locks:
		c.fail(t, messages.OpLock, peer, messages.ErrLocked)
	default:
		a.Locks++
		c.truth.Out.Set(a)
		c.post(messages.Locked{Ticket: t, Peer: peer})
	}
	return t
}

// Unlock implements protocols.Port.
func (c *proc) Unlock(peer messages.PeerID) messages.Ticket {
	t, a := c.draw(), c.truth.Out.Get(peer)
	if a.Locks == 0 {
		c.fail(t, messages.OpUnlock, peer, messages.ErrNotLocked)
		return t
	}
	a.Locks--
	c.truth.Out.Set(a)
	c.post(messages.Unlocked{Ticket: t, Peer: peer})
	return t
}

// Drop implements protocols.Port.
func (c *proc) Drop(peer messages.PeerID) messages.Ticket {
	t, self := c.draw(), c.node.id
	count, seq := c.truth.In.Count(peer), c.heard[peer]
	if count == 0 {
		c.fail(t, messages.OpDrop, peer, messages.ErrNoArc)
		return t
	}
	for i := range count {
		closed := messages.ArcClosed{Peer: peer, Dir: messages.In, Cause: messages.CauseDropped}
		if i == count-1 {
			closed.Ticket = t
		}
		change(c.truth, peer, messages.In, -1)
		c.tell(closed)
	}
	c.network.transmit(self, peer, func() {
		r := c.network.nodes[peer].proc(c.Name)
		if r == nil || r.sent[self] != seq {
			return // it has opened or closed arcs that were not known here: they stay
		}
		for range min(count, r.truth.Out.Count(self)) {
			change(r.truth, self, messages.Out, -1)
			r.tell(messages.ArcClosed{Peer: self, Dir: messages.Out, Cause: messages.CauseDropped})
		}
	})
	return t
}

// Introduce implements protocols.Port.
func (c *proc) Introduce(from, to messages.PeerID, views ...messages.Views) messages.Ticket {
	n, self := c.network, c.node.id
	switch self {
	case from:
		return c.Open(to)
	case to:
		return c.Invite(from)
	}
	t := c.draw()
	end := c.begin(t, messages.OpIntroduce, from, messages.Introduced{Ticket: t, From: from, To: to})
	for _, v := range views {
		if !c.in(from, v.From) || !c.in(to, v.To) {
			end(messages.ErrNotInView)
		}
	}
	switch {
	case from == to:
		end(messages.ErrSelf)
	case n.link(self, from) == nil, n.link(self, to) == nil:
		end(messages.ErrNotNeighbor)
	default:
		c.mediate(messages.OpIntroduce, from, to, nil, end)
	}
	return t
}

// Invite implements protocols.Port.
func (c *proc) Invite(from messages.PeerID) messages.Ticket {
	n, self, t := c.network, c.node.id, c.draw()
	answered := t
	end := c.begin(t, messages.OpInvite, from, nil)
	if n.link(self, from) == nil {
		end(messages.ErrNotNeighbor)
		return t
	}
	c.mediate(messages.OpInvite, from, self, func(messages.Ticket) messages.Ticket {
		given := answered
		answered = 0
		end(nil)
		return given
	}, end)
	return t
}

func (c *proc) in(peer messages.PeerID, view messages.ViewName) bool {
	switch view {
	case messages.OutView:
		return c.truth.Out.Count(peer) > 0
	case messages.InView:
		return c.truth.In.Count(peer) > 0
	default:
		return true
	}
}

// mediate asks a neighbor to open an arc. It ends when the neighbor says how that
// went.
func (c *proc) mediate(op messages.Op, from, to messages.PeerID, inviter func(messages.Ticket) messages.Ticket, end func(error)) {
	n, self := c.network, c.node.id
	n.transmit(self, from, func() {
		answer := func(err error) {
			if inviter == nil || err != nil { // the arc itself answers an invitation that succeeded
				n.transmit(from, self, func() { end(err) })
			}
		}
		r := n.nodes[from].proc(c.Name)
		switch err := c.fault(op, from, to); {
		case r == nil:
			answer(messages.ErrNoProtocol)
		case r.Introductions == protocols.Refuse:
			answer(messages.ErrRefused)
		case err != nil:
			answer(err)
		default:
			r.open(to, self, 0, inviter, answer)
		}
	})
}

// Contacts implements protocols.Port.
func (c *proc) Contacts(count int) messages.Ticket {
	n, t := c.network, c.draw()
	if n.shut {
		n.clock.after(deadline, false, func() { c.fail(t, messages.OpContacts, messages.PeerID{}, messages.ErrTimeout) })
		return t
	}
	n.clock.after(2*n.Latency(n.rand), false, func() {
		c.post(messages.Contacts{Ticket: t, Peers: n.members(c.node, count)})
	})
	return t
}

// Send implements protocols.Port.
func (c *proc) Send(to messages.PeerID, m proto.Message) messages.Ticket {
	n, t, self := c.network, c.draw(), c.node.id
	sent := n.transmit(self, to, func() {
		if r := n.nodes[to].proc(c.Name); r != nil {
			r.post(messages.Received{From: self, Message: m})
		}
	})
	if !sent {
		c.fail(t, messages.OpSend, to, messages.ErrNotNeighbor)
	}
	return t
}

// Tell implements protocols.Port.
func (c *proc) Tell(protocol string, event any) {
	if r := c.node.proc(protocol); r != nil {
		r.post(messages.Told{From: c.Name, Event: event})
	}
}

// Emit implements protocols.Port.
func (c *proc) Emit(event any) {
	if c.network.OnEmit != nil {
		c.network.OnEmit(c.node.id, c.Name, event)
	}
}

// Count implements protocols.Port.
func (c *proc) Count(metric string, n float64) { c.network.Metrics[c.Name+"."+metric] += n }

// Stop implements protocols.Port.
func (c *proc) Stop() {
	c.stopped = true
	if c.leaving {
		for _, other := range c.node.procs {
			if !other.stopped {
				return
			}
		}
		c.network.remove(c.node, c.network.Latency(c.network.rand), messages.CauseLeft)
	}
}
