package actors

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// running is a protocol of the peer that has not stopped.
type running struct {
	*instance
	pid  *actor.PID
	done func(*actor.PID, error) // until the neighborhood knows the protocol
}

// trySpawn starts a protocol once no other of its name is left.
func (p *peer) trySpawn(m spawn) {
	for _, name := range p.ending {
		if name == m.protocol.Name {
			p.later[name] = append(p.later[name], m)
			return
		}
	}
	if err := p.spawn(m); err != nil {
		m.done(nil, err)
	}
}

// terminated goes on after the end of a protocol's actor.
func (p *peer) terminated(pid *actor.PID) {
	for _, r := range p.asked[pid.Id] {
		r.answer(messages.Failed{Err: fmt.Errorf("protocol %q has ended: %w", r.protocol, messages.ErrClosed)})
	}
	delete(p.asked, pid.Id)
	name, ok := p.ending[pid.Id]
	if !ok {
		return
	}
	delete(p.ending, pid.Id)
	p.unanswered(name, "has ended")
	waiting := p.later[name]
	delete(p.later, name)
	for _, m := range waiting {
		p.trySpawn(m)
	}
}

// spawn starts a protocol; registered goes on when the neighborhood knows it.
func (p *peer) spawn(m spawn) error {
	protocol := m.protocol
	if err := protocol.Validate(); err != nil {
		return err
	}
	switch {
	case p.leaving:
		return fmt.Errorf("spawn %s: the peer is leaving: %w", protocol.Name, messages.ErrClosed)
	case p.byName(protocol.Name) != nil:
		return fmt.Errorf("spawn %s: a protocol of that name runs on the peer: %w", protocol.Name, messages.ErrDuplicate)
	case len(p.protocols) >= p.config.MaxProtocols:
		return fmt.Errorf("spawn %s: %d protocols run on the peer, no more are allowed: %w", protocol.Name, len(p.protocols), messages.ErrFull)
	case p.last >= 65535:
		return fmt.Errorf("spawn %s: the peer has used up its protocol numbers: %w", protocol.Name, messages.ErrFull)
	}
	p.last++
	i := &instance{
		shell: p.shell, protocol: protocol, number: p.last, rand: p.world.Rand(fmt.Sprintf("protocol %s %d", protocol.Name, p.last)),
		seen: map[string]*protocols.View{}, rtts: map[messages.PeerID]time.Duration{}, counts: map[string]float64{}, asks: map[messages.Ticket]*request{},
	}
	props := p.world.props(func() actor.Actor { return &protocolActor{instance: i} })
	pid, err := p.ctx.SpawnNamed(props, fmt.Sprintf("%s-%d", protocol.Name, i.number))
	if err != nil {
		return fmt.Errorf("spawn %s: %w", protocol.Name, err)
	}
	p.protocols[i.number] = &running{i, pid, m.done}
	p.ctx.Send(p.neighborhood, register{&links.Protocol{
		Number: i.number, Name: protocol.Name, Accepts: protocol.Introductions == protocols.Accept, Reach: max(1, protocol.Reach), Sees: slices.Clone(protocol.Sees),
	}, registration{pid, protocol.Delivery}})
	return nil
}

func (p *peer) registered(number uint32) {
	if r := p.protocols[number]; r != nil && r.done != nil {
		done := r.done
		r.done = nil
		p.tellRunning()
		done(r.pid, nil)
	}
}

// founded says which protocol that this one builds over does not run.
func (p *peer) founded(protocol protocols.Protocol) error {
	for _, name := range protocol.Sees {
		if p.byName(name) == nil && len(p.later[name]) == 0 {
			return fmt.Errorf("protocol %q builds over %q, which is none of those that run on the peer, %q: spawn that too, or build over one that runs: %w",
				protocol.Name, name, *p.handle.runs.Load(), messages.ErrNoProtocol)
		}
	}
	return nil
}

// tellRunning tells the handle which protocols run.
func (p *peer) tellRunning() {
	names := []string{}
	for _, number := range p.numbers() {
		if r := p.protocols[number]; r.done == nil {
			names = append(names, r.protocol.Name)
		}
	}
	p.handle.runs.Store(&names)
}

func (p *peer) remove(name string) error {
	if waiting := p.later[name]; len(waiting) > 0 {
		p.later[name] = waiting[:len(waiting)-1]
		waiting[len(waiting)-1].done(nil, fmt.Errorf("spawn %s: it was removed: %w", name, messages.ErrClosed))
		return nil
	}
	r := p.byName(name)
	if r == nil {
		return fmt.Errorf("remove %s: no such protocol runs on the peer: %w", name, messages.ErrNoProtocol)
	}
	p.stopped(r.number)
	return nil
}

// stopped takes a protocol out. When the peer leaves, its arcs are kept until
// sayGoodbye.
func (p *peer) stopped(number uint32) {
	r := p.protocols[number]
	if r == nil {
		return
	}
	delete(p.protocols, number)
	p.ending[r.pid.Id] = r.protocol.Name
	p.ended(r)
	p.tellRunning()
	if p.leaving {
		p.ctx.Send(p.neighborhood, mute{number, r.pid})
	} else {
		p.ctx.Send(p.neighborhood, unregister{number, r.pid})
	}
	if p.leaving && len(p.protocols) == 0 {
		p.sayGoodbye()
	}
}

// ended answers a Spawn whose protocol was taken out before it was registered.
func (p *peer) ended(r *running) {
	if r.done != nil {
		r.done(nil, fmt.Errorf("spawn %s: it was removed: %w", r.protocol.Name, messages.ErrClosed))
		r.done = nil
	}
}

func (p *peer) byName(name string) *running {
	for _, r := range p.protocols {
		if r.protocol.Name == name {
			return r
		}
	}
	return nil
}

func (p *peer) numbers() []uint32 { return slices.Sorted(maps.Keys(p.protocols)) }
