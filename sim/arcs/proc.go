package arcs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// proc is a protocol of a peer, and its handler's Port.
type proc struct {
	peer     *peer
	protocol *protocols.Protocol
	handler  protocols.Handler
	rand     rand.Rand
	source   rand.PCG
	name     uint16
	stopping bool // it is no longer one of the peer's
	stopped  bool // it has had its last event
	leaving  bool
	tickets  messages.Ticket
	view     protocols.View
	seen     []seenView
	seers    []*proc // those that see its arcs
}

type seenView struct {
	name uint16
	view protocols.View
}

func newProc(p *peer, protocol *protocols.Protocol, name uint16) *proc {
	c := &proc{peer: p, protocol: protocol, name: name}
	p.world.stream(p.id(), fmt.Sprintf("protocol %s/%d/%d", protocol.Name, p.start, len(p.procs)), &c.source)
	c.rand = *rand.New(&c.source)
	return c
}

// register makes a protocol known to the peer and its neighbors.
func (p *peer) register(c *proc) {
	for _, other := range p.procs {
		if slices.ContainsFunc(other.seen, func(v seenView) bool { return v.name == c.name }) {
			c.seers = append(c.seers, other)
		}
	}
	p.procs = append(p.procs, c)
	c.start()
	for _, other := range p.procs {
		if other != c && slices.ContainsFunc(c.seen, func(v seenView) bool { return v.name == other.name }) {
			other.seers = append(other.seers, c)
			p.catchUp(c, other)
		}
	}
	for _, l := range p.order() {
		if l.living {
			p.send(l, event{kind: kProtocols, job: 1 << c.name})
		}
	}
}

// catchUp tells a new protocol of the arcs that one it sees has already.
func (p *peer) catchUp(seer, seen *proc) {
	for _, l := range p.order() {
		if !l.living {
			continue
		}
		arcs, id := l.arcs(seen.name), p.worker.idOf(l.remote)
		for range arcs.out {
			p.turn(seer, messages.Seen{Protocol: seen.protocol.Name, Event: messages.ArcOpened{Peer: id, Dir: messages.Out}}, 0)
		}
		for range arcs.in {
			p.turn(seer, messages.Seen{Protocol: seen.protocol.Name, Event: messages.ArcOpened{Peer: id, Dir: messages.In}}, 0)
		}
	}
}

// stopped takes a protocol out: at once, or, when the peer leaves, keeping its arcs
// until the last word.
func (p *peer) stopped(c *proc) {
	if c.stopping {
		return
	}
	c.stopping = true
	if p.leaving {
		p.turn(c, messages.Stopped{}, 0)
		if !p.anyRuns() {
			p.worker.turns = append(p.worker.turns, turn{event: func() { p.sayGoodbye() }})
		}
		return
	}
	p.unregister(c)
	p.turn(c, messages.Stopped{}, 0)
}

// unregister ends a protocol's arcs and requests.
func (p *peer) unregister(c *proc) {
	p.takeParked(func(k *parked) bool { return k.proc == c })
	for _, l := range p.order() {
		if len(l.opens) > 0 {
			l.opens = slices.DeleteFunc(l.opens, func(o *pendingOpen) bool {
				if o.proc == c {
					p.endOpen(o)
					p.refuseIntroduction(o, messages.ErrNoProtocol)
				}
				return o.proc == c
			})
		}
		if l.living {
			p.removeArcs(l, c)
			p.send(l, event{kind: kProtocols, body: set(1 << c.name)})
		}
		p.settle(l)
	}
	p.procs = slices.DeleteFunc(p.procs, func(other *proc) bool { return other == c })
	for _, other := range p.procs {
		other.seers = slices.DeleteFunc(other.seers, func(s *proc) bool { return s == c })
	}
}

func (p *peer) removeArcs(l *link, c *proc) {
	e := l.find(c.name)
	if e == nil {
		return
	}
	if e.out > 0 {
		out := e.out
		e.out, e.locks = 0, 0
		e.outSeq += uint32(out)
		p.closedArcs(l, c, messages.Out, int(out), messages.CauseClosed)
		p.sendArcs(l, e, 0)
	}
	p.refuseArcs(l, c, e, 0, messages.ErrNoProtocol.Reason(), messages.CauseClosed, 0)
}

func (c *proc) start() {
	if c.protocol.New != nil {
		c.handler = c.protocol.New()
	}
	c.peer.turn(c, messages.Started{}, 0)
}

// leave asks the handler to take leave.
func (c *proc) leave(deadline time.Time) {
	c.leaving = true
	if c.handler == nil {
		c.Stop()
		return
	}
	c.peer.turn(c, messages.Leaving{Deadline: deadline}, 0)
}

// end gives the handler its last event at once: its peer has ended.
func (c *proc) end() {
	c.stopping = true
	if !c.stopped {
		c.deliver(messages.Stopped{})
		c.stopped = true
	}
}

// routed brings the views up to date and gives the handler the event.
func (c *proc) routed(event any, locks int) {
	if c.stopped {
		return
	}
	switch e := event.(type) {
	case messages.ArcOpened:
		c.view.Change(e.Peer, e.Dir, 1, locks)
	case messages.ArcClosed:
		c.view.Change(e.Peer, e.Dir, -1, locks)
	case messages.Locked:
		c.view.Change(e.Peer, messages.Out, 0, locks)
	case messages.Unlocked:
		c.view.Change(e.Peer, messages.Out, 0, locks)
	case messages.Seen:
		c.saw(e)
	case messages.Stopped:
		c.deliver(event)
		c.stopped = true
		return
	}
	if !c.stopping {
		c.deliver(event)
	}
}

func (c *proc) saw(e messages.Seen) {
	for i := range c.seen {
		if c.peer.world.names[c.seen[i].name] != e.Protocol {
			continue
		}
		switch arc := e.Event.(type) {
		case messages.ArcOpened:
			c.seen[i].view.Change(arc.Peer, arc.Dir, 1, 0)
		case messages.ArcClosed:
			c.seen[i].view.Change(arc.Peer, arc.Dir, -1, 0)
		}
	}
}

// deliver gives the handler an event. A passive protocol emits it.
func (c *proc) deliver(event any) {
	if c.handler == nil {
		c.Emit(event)
		return
	}
	defer c.recovered()
	c.handler.Handle(c, event)
}

// recovered ends the world of a handler that has panicked.
func (c *proc) recovered() {
	if reason := recover(); reason != nil {
		c.peer.worker.fail(fmt.Errorf("protocol %s of %s panicked: %v", c.protocol.Name, c.peer.id(), reason))
	}
}
