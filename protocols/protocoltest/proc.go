package protocoltest

import (
	"math/rand/v2"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// proc is a protocol on a peer of a Network, and is its Port.
type proc struct {
	protocols.Protocol
	network *Network
	node    *node
	handler protocols.Handler
	rand    *rand.Rand
	truth   *protocols.View            // the arcs as the network knows them
	told    map[string]*protocols.View // the arcs as the handler was told, by protocol
	sent    map[messages.PeerID]uint64 // the number of announcements of our arcs to each peer
	heard   map[messages.PeerID]uint64 // the last announcement heard from each peer
	ticket  messages.Ticket
	leaving bool
	stopped bool
}

var _ protocols.Port = (*proc)(nil)

// post delivers an event to the handler, after the events posted before.
func (c *proc) post(event any) {
	c.network.clock.after(0, false, func() { c.handle(event) })
}

func (c *proc) handle(event any) {
	if !c.node.alive || c.stopped {
		return
	}
	if e, ok := event.(messages.Seen); ok {
		apply(c.told[e.Protocol], e.Event)
	} else {
		apply(c.told[c.Name], event)
	}
	if !c.node.silent {
		c.handler.Handle(c, event)
	}
}

// tell delivers an arc event to the handler and to the handlers that see its
// protocol.
func (c *proc) tell(event any) {
	c.post(event)
	for _, other := range c.node.procs {
		for _, name := range other.Sees {
			if name == c.Name {
				other.post(messages.Seen{Protocol: name, Event: event})
			}
		}
	}
}

func (c *proc) draw() messages.Ticket {
	c.ticket++
	return c.ticket
}

func (c *proc) fail(t messages.Ticket, op messages.Op, peer messages.PeerID, err error) {
	c.post(messages.Failed{Ticket: t, Op: op, Peer: peer, Err: err})
}

// begin returns the function that ends a request, with nil for success or with an
// error. Only its first call counts.
func (c *proc) begin(t messages.Ticket, op messages.Op, peer messages.PeerID, success any) func(error) {
	ended := false
	var due *entry
	end := func(err error) {
		if ended {
			return
		}
		ended = true
		due.Stop()
		switch {
		case err != nil:
			c.fail(t, op, peer, err)
		case success != nil:
			c.post(success)
		}
	}
	due = c.network.clock.after(deadline, false, func() { end(messages.ErrTimeout) })
	return end
}

// open opens one arc to a peer. Without a connection, it goes through a neighbor or
// the rendezvous. If the peer asked for the arc, inviter gives the ticket of its
// request.
func (c *proc) open(to, via messages.PeerID, t messages.Ticket, inviter func(messages.Ticket) messages.Ticket, done func(error)) {
	n := c.network
	connected := func(err error) {
		if err == nil && (n.nodes[to].proc(c.Name) == nil || c.stopped) {
			err = messages.ErrNoProtocol
		}
		if err == nil {
			change(c.truth, to, messages.Out, 1)
			c.tell(messages.ArcOpened{Ticket: t, Peer: to, Dir: messages.Out, Via: via})
			c.announce(to, messages.CauseClosed, inviter)
		}
		done(err)
	}
	switch {
	case to == c.node.id:
		done(messages.ErrSelf)
	case n.link(c.node.id, to) != nil:
		connected(nil)
	default:
		n.dial(c.node.id, to, via, connected)
	}
}

// announce tells the peer how many arcs we hold to it.
func (c *proc) announce(to messages.PeerID, cause messages.Cause, inviter func(messages.Ticket) messages.Ticket) {
	n, count := c.network, c.truth.Out.Count(to)
	self := c.node.id
	c.sent[to]++
	seq := c.sent[to]
	if k, _ := key(self, to); count == 0 && n.links[k] != nil {
		n.links[k].unused = n.clock.now
	}
	n.transmit(self, to, func() {
		r := n.nodes[to].proc(c.Name)
		if r == nil {
			return
		}
		r.heard[self] = seq
		for r.truth.In.Count(self) < count {
			change(r.truth, self, messages.In, 1)
			var t messages.Ticket
			if inviter != nil {
				t = inviter(0)
			}
			r.tell(messages.ArcOpened{Ticket: t, Peer: self, Dir: messages.In})
		}
		for r.truth.In.Count(self) > count {
			change(r.truth, self, messages.In, -1)
			r.tell(messages.ArcClosed{Peer: self, Dir: messages.In, Cause: cause})
		}
	})
}

func (c *proc) fault(op messages.Op, from, to messages.PeerID) error {
	if c.network.Fault == nil {
		return nil
	}
	return c.network.Fault(op, from, to)
}
