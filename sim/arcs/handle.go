package arcs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Peer is the handle of a peer of the world. Its calls are made between those of Run.
type Peer struct{ p *peer }

// Start starts a peer that runs protocols, which are not to be changed afterwards.
// It is in no room yet. Errors: ErrDuplicate, a peer of that identity lives; the rule
// that config or a protocol breaks.
func (w *World) Start(id messages.PeerID, config *actors.Config, list ...*protocols.Protocol) (*Peer, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if id.IsZero() {
		return nil, fmt.Errorf("arcs: the zero PeerID is nobody's")
	}
	index := w.index.add(id)
	if int(index) == len(w.peers) {
		w.peers = append(w.peers, nil)
		w.started = append(w.started, 0)
		w.traces = append(w.traces, nil)
		if w.config.Trace {
			w.traces[index] = newTrace()
		}
	}
	if w.peers[index] != nil {
		return nil, fmt.Errorf("arcs: peer %s lives: %w", id, messages.ErrDuplicate)
	}
	w.started[index]++
	start := w.started[index]
	p := &peer{
		world: w, worker: w.workers[int(index)%len(w.workers)], config: config, index: index, start: start,
		// Later than those of the starts before.
		seq: start << 24, dials: start << 20,
	}
	w.stream(id, fmt.Sprintf("network/%d", start), &p.source)
	p.rand = *rand.New(&p.source)
	w.peers[index] = p
	h := &Peer{p}
	for _, protocol := range list {
		if err := h.Spawn(protocol); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// ID is the peer's PeerID.
func (h *Peer) ID() messages.PeerID { return h.p.id() }

// Ended reports whether the peer has left or crashed.
func (h *Peer) Ended() bool { return h.p.ended }

// Done is closed when the peer has ended. Err says why then, nil after Leave.
func (h *Peer) Done() <-chan struct{} {
	if h.p.done == nil {
		h.p.done = make(chan struct{})
		if h.p.ended {
			close(h.p.done)
		}
	}
	return h.p.done
}

// Retime changes RequestTimeout and Linger of the peer's configuration for what begins
// from now on. An error names the one that is not positive; then nothing changes.
func (h *Peer) Retime(requestTimeout, linger time.Duration) error {
	config := *h.p.config // which other peers may share
	config.RequestTimeout, config.Linger = requestTimeout, linger
	if err := config.Validate(); err != nil {
		return fmt.Errorf("retime: %w", err)
	}
	h.p.config = &config
	return nil
}

// Err says why the peer has ended: nil after Leave.
func (h *Peer) Err() error { return h.p.err }

// Subscribe calls notify with what a protocol emits, in order, between windows of
// time; with the events of connections if protocol is empty.
func (h *Peer) Subscribe(protocol string, notify func(event any)) (cancel func(), err error) {
	p, name := h.p, uint16(maxProtocols)
	if protocol != "" {
		if name, err = p.world.name(protocol); err != nil {
			return nil, err
		}
	}
	p.world.subscriptions++
	id := p.world.subscriptions
	p.subscribers = append(p.subscribers, subscriber{id, name, notify})
	return func() {
		// A copy, as this may be called while the subscribers are told something.
		p.subscribers = slices.DeleteFunc(slices.Clone(p.subscribers), func(s subscriber) bool { return s.id == id })
	}, nil
}

// Spawn starts a protocol.
func (h *Peer) Spawn(protocol *protocols.Protocol) error {
	p := h.p
	if err := protocol.Validate(); err != nil {
		return err
	}
	name, err := p.world.name(protocol.Name)
	switch {
	case err != nil:
		return err
	case p.ended || p.leaving:
		return fmt.Errorf("spawn %s: the peer has ended: %w", protocol.Name, messages.ErrClosed)
	case p.proc(name) != nil:
		return fmt.Errorf("spawn %s: a protocol of that name runs on the peer: %w", protocol.Name, messages.ErrDuplicate)
	case len(p.procs) >= p.config.MaxProtocols:
		return fmt.Errorf("spawn %s: %d protocols run on the peer, no more are allowed: %w", protocol.Name, len(p.procs), messages.ErrFull)
	}
	c := newProc(p, protocol, name)
	for _, seen := range protocol.Sees {
		number, err := p.world.name(seen)
		if err != nil {
			return err
		}
		c.seen = append(c.seen, seenView{name: number})
	}
	p.world.act(p, func() { p.register(c) })
	return nil
}

// Remove ends a protocol and its arcs.
func (h *Peer) Remove(name string) error {
	c := h.named(name)
	if c == nil {
		return fmt.Errorf("remove %s: no such protocol runs on the peer: %w", name, messages.ErrNoProtocol)
	}
	h.p.world.act(h.p, func() { h.p.stopped(c) })
	return nil
}

func (h *Peer) named(name string) *proc {
	i := slices.Index(h.p.world.names, name)
	if i < 0 {
		return nil
	}
	return h.p.proc(uint16(i))
}

// Enter enters a room of the signaling service.
func (h *Peer) Enter(room string) {
	if !h.p.ended {
		h.p.world.act(h.p, func() { h.p.enter(room) })
	}
}

// Tell hands an event to a protocol.
func (h *Peer) Tell(protocol string, event any) error {
	c := h.named(protocol)
	if c == nil || h.p.ended {
		return fmt.Errorf("tell %s: no such protocol runs on the peer: %w", protocol, messages.ErrNoProtocol)
	}
	h.p.world.act(h.p, func() { h.p.turn(c, messages.Told{Event: event}, 0) })
	return nil
}

// Command obeys one of the commands of package messages in the name of a protocol.
func (h *Peer) Command(protocol string, command any) error {
	c := h.named(protocol)
	if c == nil || h.p.ended {
		return fmt.Errorf("%T: protocol %s does not run on the peer: %w", command, protocol, messages.ErrNoProtocol)
	}
	h.p.world.act(h.p, func() { c.obey(command) })
	return nil
}

// Leave asks the protocols to take leave, and ends the peer then.
func (h *Peer) Leave() {
	if !h.p.ended {
		h.p.world.act(h.p, func() { h.p.depart() })
	}
}

// Crash ends the peer without a word.
func (h *Peer) Crash() {
	if !h.p.ended {
		h.p.err = fmt.Errorf("crashed on request")
		h.p.world.act(h.p, func() { h.p.end() })
	}
}

// View is the arcs of a protocol, as the connections know them.
func (h *Peer) View(protocol string) protocols.View {
	var v protocols.View
	c := h.named(protocol)
	if c == nil {
		return v
	}
	for _, l := range h.p.links {
		if !l.living {
			continue
		}
		e := l.arcs(c.name)
		remote := h.p.worker.idOf(l.remote)
		if e.out > 0 {
			v.Out.Set(protocols.Arc{Peer: remote, Count: int(e.out), Locks: int(e.locks)})
		}
		if e.in > 0 {
			v.In.Set(protocols.Arc{Peer: remote, Count: int(e.in)})
		}
	}
	return v
}

// Connections lists the other ends of the living connections with arcs, of those
// without, and of the attempts under way.
func (h *Peer) Connections() (used, lingering, pending []messages.PeerID) {
	for _, l := range h.p.links {
		id := h.p.worker.idOf(l.remote)
		if l.attempt != nil {
			pending = append(pending, id)
		}
		switch {
		case l.living && l.used():
			used = append(used, id)
		case l.living:
			lingering = append(lingering, id)
		}
	}
	for _, list := range [][]messages.PeerID{used, lingering, pending} {
		slices.SortFunc(list, messages.PeerID.Compare)
	}
	return used, lingering, pending
}

// Held counts what is under way, by kind. At rest all are 0.
func (h *Peer) Held() map[string]int {
	p := h.p
	holds := 0
	for _, l := range p.links {
		holds += int(l.holds)
	}
	invites := 0
	for _, j := range p.jobs {
		if j.to == p.index && !j.answered {
			invites++
		}
	}
	return map[string]int{
		"opens": p.opens, "attempts": p.halfOpen, "invitations": invites, "jobs": len(p.jobs),
		"served": p.serving, "relays": len(p.relays), "holds": holds, "contacts": len(p.visit.requests),
	}
}

// Protocols lists the names of the protocols that run on the peer.
func (h *Peer) Protocols() []string {
	var names []string
	for _, c := range h.p.procs {
		if !c.stopping {
			names = append(names, c.protocol.Name)
		}
	}
	return names
}
