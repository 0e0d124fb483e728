package actors

import (
	"maps"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Snapshot is what a peer's actors know, each at a moment of its own.
type Snapshot struct {
	// ID is the PeerID.
	ID messages.PeerID `json:"id"`
	// Incarnation is the number of this start of the peer. In JSON it is a string, as
	// numbers of JavaScript have 53 bits.
	Incarnation uint64 `json:"incarnation,string"`
	// Linked tells that the peer is in a room of the signaling service: newcomers
	// can find it, and Join would be ErrDuplicate. It stays true while a lost link
	// is made again.
	Linked bool `json:"linked"`
	// Views are the arcs of each protocol that runs, by name.
	Views map[string]protocols.View `json:"views"`
	// Connections are the other ends of the living connections with arcs, Lingering
	// those of the connections without, and Pending those of the attempts. All are
	// in PeerID order.
	Connections []messages.PeerID `json:"connections"`
	Lingering   []messages.PeerID `json:"lingering"`
	Pending     []messages.PeerID `json:"pending"`
	// Counters are sums since the start, by name; those of a protocol are
	// "<protocol>.<metric>".
	Counters map[string]float64 `json:"counters"`
	// Held counts what is under way, by kind: opens, attempts, invitations, jobs,
	// served introductions, relays, holds, requests for contacts. At rest all are 0.
	Held map[string]int `json:"held"`
}

// collect asks an actor of the peer for its part of a snapshot.
type collect struct{ gathering *gathering }

// collected is an actor's part: add puts it into the snapshot, in the peer's turn.
type collected struct {
	gathering *gathering
	from      *actor.PID
	add       func(*Snapshot)
}

// gathering is a snapshot whose parts are on their way.
type gathering struct {
	snapshot Snapshot
	awaited  map[string]bool // by PID
	done     func(Snapshot)
}

// without stops waiting for an actor that gave its part or has ended.
func (g *gathering) without(pid *actor.PID) {
	if !g.awaited[pid.Id] {
		return
	}
	delete(g.awaited, pid.Id)
	if len(g.awaited) == 0 {
		g.done(g.snapshot)
	}
}

func (p *peer) collect(done func(Snapshot)) {
	g := &gathering{
		snapshot: Snapshot{ID: p.self, Incarnation: p.incarnation, Views: map[string]protocols.View{}, Counters: map[string]float64{}, Held: map[string]int{}},
		awaited:  map[string]bool{}, done: done,
	}
	parts := []*actor.PID{p.neighborhood, p.n2n, p.rendezvous}
	for _, number := range p.numbers() {
		if r := p.protocols[number]; r.done == nil {
			parts = append(parts, r.pid)
		}
	}
	for _, pid := range parts {
		g.awaited[pid.Id] = true
		p.ctx.Send(pid, collect{g})
	}
	p.gatherings = append(p.gatherings, g)
}

func (p *peer) collected(m collected) {
	if m.gathering.awaited[m.from.Id] {
		m.add(&m.gathering.snapshot)
	}
	p.gathered(m.from)
}

// gathered stops the snapshots under way from waiting for an actor.
func (p *peer) gathered(pid *actor.PID) {
	for _, g := range p.gatherings {
		g.without(pid)
	}
	p.gatherings = slices.DeleteFunc(p.gatherings, func(g *gathering) bool { return len(g.awaited) == 0 })
}

func (p *protocolActor) collect(c collect) {
	counts := maps.Clone(p.counts)
	p.ctx.Send(p.peer, collected{c.gathering, p.ctx.Self(), func(s *Snapshot) {
		for name, n := range counts {
			s.Counters[p.protocol.Name+"."+name] += n
		}
	}})
}

func (n *n2n) collect(c collect) {
	tally, jobs, serving, relays := n.tally, len(n.jobs), len(n.serving), len(n.relays)
	n.ctx.Send(n.peer, collected{c.gathering, n.ctx.Self(), func(s *Snapshot) {
		tally.Into(s.Counters)
		s.Held["jobs"], s.Held["served"], s.Held["relays"] = jobs, serving, relays
	}})
}

func (r *rendezvous) collect(c collect) {
	tally, contacts := r.tally, len(r.requests)
	r.ctx.Send(r.peer, collected{c.gathering, r.ctx.Self(), func(s *Snapshot) {
		tally.Into(s.Counters)
		s.Held["contacts"] = contacts
	}})
}

func (n *neighborhood) collect(c collect) {
	tally, l := n.links.Tally, n.links.State()
	n.ctx.Send(n.peer, collected{c.gathering, n.ctx.Self(), func(s *Snapshot) {
		tally.Into(s.Counters)
		s.Held["opens"], s.Held["attempts"], s.Held["invitations"], s.Held["holds"] = l.Opens, l.Attempts, l.Invitations, l.Holds
		s.Views, s.Connections, s.Lingering, s.Pending, s.Linked = l.Views, l.Connections, l.Lingering, l.Pending, l.Linked
	}})
}
