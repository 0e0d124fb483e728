package actors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Peer is the handle of a running peer. Its methods may be called from any
// goroutine. A method that waits fails at once if a handler or a subscriber of a
// peer calls it, because the peer would wait for itself.
type Peer struct {
	shell *shell
	pid   *actor.PID
	done  chan struct{}
	err   error // set before done is closed
	ids   atomic.Uint64
	runs  atomic.Pointer[[]string] // the names of the protocols that run
}

// Start starts a peer as a subtree of an actor system, which may have other actors
// too. The peer is in no room yet and runs no protocol. It lives until Leave, Crash
// or a panic of one of its actors; Done tells. Config{} stands for DefaultConfig. An
// error names what is missing in world, or the field of config that breaks its rule.
func Start(system *actor.ActorSystem, world World, config Config) (*Peer, error) {
	if err := world.validate(); err != nil {
		return nil, err
	}
	if config == (Config{}) {
		config = DefaultConfig()
	}
	if err := config.Validate(); err != nil {
		return nil, err
	}
	self := world.Identity.ID()
	s := &shell{
		world: world, config: config, times: &links.Times{}, system: system, self: self,
		log:         system.Logger().With(slog.String("self", self.Short())),
		incarnation: links.Draw(world.Rand("incarnation")),
	}
	s.times.Set(config.RequestTimeout, config.Linger)
	handle := &Peer{shell: s, done: make(chan struct{})}
	handle.runs.Store(&[]string{})
	props := world.props(func() actor.Actor {
		return &peer{
			shell: s, handle: handle, protocols: map[uint32]*running{},
			ending: map[string]string{}, later: map[string][]spawn{}, asked: map[string][]*request{}, questions: map[string]question{},
		}
	})
	handle.pid = system.Root.SpawnPrefix(props, "n2n-"+self.Short()+"-")
	return handle, nil
}

// ID is the peer's PeerID.
func (p *Peer) ID() messages.PeerID { return p.shell.self }

// PID is the peer actor.
func (p *Peer) PID() *actor.PID { return p.pid }

// Done is closed when the peer has ended. Its transport may still be closing
// connections.
func (p *Peer) Done() <-chan struct{} { return p.done }

// Err says why the peer ended: nil after Leave, an error after Crash or a panic of
// one of its actors. Read it only after Done is closed.
func (p *Peer) Err() error { return p.err }

// Join enters a room through the signaling service, and returns a contact: a member
// that the service named, or zero when the peer is alone. It opens no arc:
// protocols do that, and their requests for contacts wait for Join. The link to the
// service is kept until Leave, and made again when it is lost.
//
// Errors wrap a messages.Code: ErrDuplicate if the peer is in a room or entering
// one; ErrTimeout if it is inside, but was named no contact in time; ErrNoProtocol
// if a protocol of the peer Sees one that does not run; ErrNoRendezvous if
// World.Rendezvous is nil; ErrUnreachable if the service cannot be reached; the
// service's own, such as ErrFull or ErrRefused; ErrClosed if the peer has ended. If
// ctx ends first, Join returns its cause and the peer goes on entering.
func (p *Peer) Join(ctx context.Context, room string) (messages.PeerID, error) {
	if err := messages.CheckRoom(room); err != nil {
		return messages.PeerID{}, fmt.Errorf("join: %w", err)
	}
	type result struct {
		contact messages.PeerID
		err     error
	}
	r, err := ask(ctx, p, "join", func(reply func(result)) any {
		return enter{room, func(contact messages.PeerID, err error) { reply(result{contact, err}) }}
	})
	if err != nil {
		return messages.PeerID{}, err
	}
	return r.contact, r.err
}

// Spawn starts a protocol on the peer and returns its PID. The commands of package
// messages are obeyed when they are sent there, and other messages reach Handle. A
// protocol without New is passive: all its events go to its subscribers, so that an
// actor of the user's own can do the work (see the example). It ends as soon as the
// peer leaves, so it must hand over what it holds before Leave. Commands that are
// sent to the PID need tickets below 1<<63.
//
// Errors: the rule of protocols.Protocol that is broken; ErrNoProtocol if one that it
// Sees does not run (before Join the order does not matter: then Join tells);
// ErrDuplicate if one of that name runs; ErrFull if Config.MaxProtocols run, or
// 65,535 have run; ErrClosed if the peer is leaving or has ended. Spawn waits for the
// end of a protocol of that name that is being removed. If ctx ends first, Spawn
// returns its cause and the protocol still starts.
func (p *Peer) Spawn(ctx context.Context, protocol protocols.Protocol) (*actor.PID, error) {
	type result struct {
		pid *actor.PID
		err error
	}
	if ctx != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("spawn %s: %w", protocol.Name, context.Cause(ctx))
	}
	r, err := ask(ctx, p, "spawn", func(reply func(result)) any {
		return spawn{protocol, func(pid *actor.PID, err error) { reply(result{pid, err}) }}
	})
	if err != nil {
		return nil, err
	}
	return r.pid, r.err
}

// Remove ends a protocol and its arcs of both directions; the other peers get
// ArcClosed. Its last event is messages.Stopped, possibly after Remove has returned.
// Errors: ErrNoProtocol; ErrClosed if the peer has ended. If ctx ends first, Remove
// returns its cause and the protocol still ends.
func (p *Peer) Remove(ctx context.Context, name string) error {
	if ctx != nil && ctx.Err() != nil {
		return fmt.Errorf("remove %s: %w", name, context.Cause(ctx))
	}
	r, err := ask(ctx, p, "remove", func(reply func(error)) any { return remove{name, reply} })
	if err != nil {
		return err
	}
	return r
}

// Tell hands an event to a protocol, which gets messages.Told with an empty From.
// Tell does not wait, so a handler or a subscriber may call it. A protocol that ends
// before its next turn does not get the event. Errors: ErrNoProtocol if the protocol
// does not run; ErrClosed if the peer has ended.
func (p *Peer) Tell(protocol string, event any) error {
	if err := p.running("tell", protocol); err != nil {
		return err
	}
	p.send(tell{to: protocol, event: event})
	return nil
}

// Ask implements protocols.Asker: it tells a protocol an event, and returns what the
// protocol answers. Errors: ErrNoProtocol if the protocol does not run; ErrClosed if
// the protocol, its handler or the peer ends before it answers; the cause of ctx if
// that ends first; ErrTimeout after two minutes if ctx has no deadline. A protocol does
// not answer an event that it does not know.
func (p *Peer) Ask(ctx context.Context, protocol string, event any) (any, error) {
	what := "ask " + protocol
	if err := p.mayWait(ctx, what); err != nil {
		return nil, err
	}
	if ctx != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	if err := p.running(what, protocol); err != nil {
		return nil, err
	}
	_, bounded := ctx.Deadline()
	name := protocols.AskerName(p.ids.Add(1))
	type result struct {
		event any
		err   error
	}
	r, err := ask(ctx, p, what, func(reply func(result)) any {
		return question{name: name, protocol: protocol, event: event, bounded: bounded, done: func(event any, err error) { reply(result{event, err}) }}
	})
	if err != nil {
		p.send(forget{name})
		return nil, err
	}
	return r.event, r.err
}

// running says why nothing can be handed to a protocol, if it cannot.
func (p *Peer) running(what, protocol string) error {
	select {
	case <-p.done:
		return fmt.Errorf("%s: the peer has ended: %w", what, messages.ErrClosed)
	default:
	}
	if names := *p.runs.Load(); !slices.Contains(names, protocol) {
		return fmt.Errorf("%s: protocol %.40q is none of those that run on this peer, %q: %w", what, protocol, names, messages.ErrNoProtocol)
	}
	return nil
}

// Subscribe calls notify with what a protocol emits, in order, until cancel is
// called; events already under way may still come. A passive protocol emits all its
// events. The protocol need not run yet: a subscriber that comes before Spawn misses
// nothing. notify runs on the peer, so it must not block: an actor or a channel takes
// over longer work. A nil notify hears nothing. On and Events are for events of one
// type.
func (p *Peer) Subscribe(protocol string, notify func(event any)) (cancel func()) {
	return p.subscribe(subscribe{protocol: protocol, notify: notify})
}

// SubscribeConnections calls notify with the events of the peer's connections:
// messages.ConnectionOpened, ConnectionAuthenticated and ConnectionClosed. The rules
// of Subscribe hold.
func (p *Peer) SubscribeConnections(notify func(event any)) (cancel func()) {
	return p.subscribe(subscribe{connections: true, notify: notify})
}

func (p *Peer) subscribe(s subscribe) (cancel func()) {
	if s.notify == nil {
		return func() {}
	}
	s.id = p.ids.Add(1)
	p.send(s)
	return func() { p.send(unsubscribe{s.id}) }
}

// Snapshot collects what the peer's actors know. Errors: ErrClosed if the peer has
// ended; the cause of ctx.
func (p *Peer) Snapshot(ctx context.Context) (Snapshot, error) {
	return ask(ctx, p, "snapshot", func(reply func(Snapshot)) any {
		return takeSnapshot{reply}
	})
}

// Neighbors lists the peers with a living connection and arcs of any protocol and
// direction, in PeerID order. Errors: those of Snapshot.
func (p *Peer) Neighbors(ctx context.Context) ([]messages.PeerID, error) {
	s, err := p.Snapshot(ctx)
	return s.Connections, err
}

// Retime changes Config.RequestTimeout and Config.Linger for all that begins from now on.
// What is under way keeps its times. An error names the one that is not positive; then
// nothing changes.
func (p *Peer) Retime(requestTimeout, linger time.Duration) error {
	config := p.shell.config
	config.RequestTimeout, config.Linger = requestTimeout, linger
	if err := config.Validate(); err != nil {
		return fmt.Errorf("retime: %w", err)
	}
	p.shell.times.Set(requestTimeout, linger)
	return nil
}

// Leave ends the peer in order: its protocols hand over what they hold, for at most
// Config.LeaveGrace; its neighbors are told; it leaves the room. Leave returns Err
// when the peer has ended. If ctx ends first, Leave returns its cause and the peer
// goes on leaving; Crash cuts that short. It may be called again, also when the
// peer has ended.
func (p *Peer) Leave(ctx context.Context) error {
	if err := p.mayWait(ctx, "leave"); err != nil {
		return err
	}
	p.send(depart{})
	if err := p.wait(ctx, "leave", p.done); err != nil {
		return err
	}
	return p.err
}

// Crash ends the peer without a word to its neighbors, like a lost machine. It does
// not wait for the end; Done tells of it. It may be called again.
func (p *Peer) Crash() { p.send(crash{}) }

func (p *Peer) send(m any) {
	select {
	case <-p.done:
	default:
		p.shell.system.Root.Send(p.pid, m)
	}
}

// fail notes why the peer ends, the first time.
func (p *Peer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *Peer) end() { close(p.done) }

// ErrMayNotWait is what a call that waits returns at once to a handler or a subscriber
// of a peer: it would wait for itself.
var ErrMayNotWait = errors.New("called from a handler or a subscriber, which may not wait: use the Port, or another goroutine")

// mayWait refuses calls that would wait for themselves. A goroutine has no name to
// compare, and another actor may have its turn at the same time. So the call looks for
// a turn among all of its callers.
func (p *Peer) mayWait(ctx context.Context, what string) error {
	if ctx == nil {
		return fmt.Errorf("%s: the context is nil", what)
	}
	callers := make([]uintptr, 64)
	n := runtime.Callers(2, callers)
	for n == len(callers) {
		callers = make([]uintptr, 4*n)
		n = runtime.Callers(2, callers)
	}
	frames := runtime.CallersFrames(callers[:n])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, "actors.(*protocolActor).Receive") || strings.HasSuffix(frame.Function, "actors.(*peer).Receive") {
			return fmt.Errorf("%s: %w", what, ErrMayNotWait)
		}
		if !more {
			return nil
		}
	}
}

// ask sends the peer actor a message made with a reply function, and waits.
func ask[T any](ctx context.Context, p *Peer, what string, message func(reply func(T)) any) (T, error) {
	var zero T
	if err := p.mayWait(ctx, what); err != nil {
		return zero, err
	}
	var answer T
	done := make(chan struct{})
	p.send(message(func(t T) { answer = t; close(done) }))
	if err := p.wait(ctx, what, done); err != nil {
		return zero, err
	}
	return answer, nil
}

// wait returns when done is closed, or says why it will not be.
func (p *Peer) wait(ctx context.Context, what string, done <-chan struct{}) error {
	if p.shell.world.Await != nil && ctx.Err() == nil {
		p.shell.world.Await(done)
	}
	select {
	case <-done:
		return nil
	case <-p.done:
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	select {
	case <-done: // it was done before the peer ended
		return nil
	default:
		return fmt.Errorf("%s: the peer has ended: %w", what, messages.ErrClosed)
	}
}
