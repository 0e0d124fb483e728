package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// Lab has the named peers of a world, and what is known of them. One goroutine
// drives it.
type Lab struct {
	world      worlds.World
	lobby      worlds.Lobby
	config     actors.Config // of the peers
	identities identities
	members    map[string]*member
	names      map[messages.PeerID]string
	spoken     []string        // protocols that lines named with "as": every peer runs them
	ran        map[string]bool // names of protocols that run has started or will start
	drawn      uint64          // identities
	spawned    int             // protocols
	tickets    messages.Ticket
	background []*task
}

// firstTicket keeps the lab's tickets apart from those of a protocol's handler.
const firstTicket = 1 << 40

// slack is how much later than its deadline a request may end. Later, the lab takes
// it for a mistake of the peer. (A machine can be busy.)
const slack = 20 * time.Second

// New returns a lab without peers.
func New(world worlds.World) *Lab {
	l := &Lab{
		world: world, lobby: lobbyOf(world), config: actors.DefaultConfig(), members: map[string]*member{}, names: map[messages.PeerID]string{},
		ran: map[string]bool{}, tickets: firstTicket,
	}
	l.identities = identities{of: map[string]actors.Identity{}, draw: func() actors.Identity {
		l.drawn++
		return world.Identity(l.drawn)
	}}
	return l
}

// lobbyOf returns the lobby of a world: its own, or a board for peers with actors.
func lobbyOf(world worlds.World) worlds.Lobby {
	if own, ok := world.(interface{ Lobby() worlds.Lobby }); ok {
		return own.Lobby()
	}
	return newBoard(world)
}

// member is a named peer.
type member struct {
	name     string
	id       messages.PeerID
	identity actors.Identity
	worlds.Peer
	passive map[string]bool // protocols that it must run (true) or must not, whatever lines say
	runs    map[string]int  // by protocol, the number of its start; 0: it does not run

	events   []got
	outcomes map[messages.Ticket]any
}

// got is something that a protocol got.
type got struct {
	protocol string
	event    any
}

// take notes what a protocol got.
func (m *member) take(protocol string, event any) {
	m.events = append(m.events, got{protocol, event})
	if t := messages.TicketOf(event); t >= firstTicket {
		m.outcomes[t] = event
	}
}

// alive reports whether the peer has started and not ended.
func (m *member) alive() bool {
	if m.Peer == nil {
		return false
	}
	select {
	case <-m.Done():
		return false
	default:
		return true
	}
}

// living lists the peers that have started and not ended, by name.
func (l *Lab) living() []*member {
	var all []*member
	for _, name := range slices.Sorted(maps.Keys(l.members)) {
		if m := l.members[name]; m.alive() {
			all = append(all, m)
		}
	}
	return all
}

// name is a peer's name; empty for nobody.
func (l *Lab) name(id messages.PeerID) string { return l.names[id] }

// Prepare tells the lab which lines will come. It draws the IDs of all their peers
// at once, and peers run the protocols that the lines name from the start.
func (l *Lab) Prepare(script []Statement) error {
	var names []string
	for _, s := range script {
		if s.Verb == "peers" {
			names = append(names, s.Peers...)
		}
		if s.Verb == "run" {
			l.ran[s.Shipped.Name] = true
		}
	}
	for _, s := range script {
		l.speak(s)
	}
	return l.identities.enroll(names)
}

// speak notes the protocol that a line names. Every peer runs it as a passive
// protocol from then on, unless it ships.
func (l *Lab) speak(s Statement) {
	if s.Named && !ships(s.Protocol) && !l.ran[s.Protocol] && !slices.Contains(l.spoken, s.Protocol) {
		l.spoken = append(l.spoken, s.Protocol)
	}
}

// Do does what a line says, and returns its Result. await also returns those of the
// lines that it waited for; a line that goes on in the background returns none.
// After an error the lab cannot go on.
func (l *Lab) Do(ctx context.Context, s Statement) ([]Result, error) {
	if s.Verb == "run" {
		l.ran[s.Shipped.Name] = true
	}
	if l.speak(s); s.Named {
		if err := l.spawnSpoken(); err != nil {
			return nil, err
		}
	}
	if s.Verb == "await" {
		results, err := l.Await(ctx)
		if err == nil {
			results = append(results, Result{Line: s.Line, Verb: s.Verb, OK: true, text: s.Text})
		}
		return results, err
	}
	t := l.begin(s)
	if s.Background {
		l.background = append(l.background, t)
		return nil, nil
	}
	if err := l.finish(ctx, t); err != nil {
		return nil, err
	}
	return []Result{t.result}, nil
}

// Await waits for the verbs that run in the background.
func (l *Lab) Await(ctx context.Context) ([]Result, error) {
	var results []Result
	for len(l.background) > 0 {
		t := l.background[0]
		if err := l.finish(ctx, t); err != nil {
			return results, err
		}
		results = append(results, t.result)
		l.background = l.background[1:]
	}
	return results, nil
}

// slice is how much time passes at once.
const slice = time.Millisecond

// finish lets time pass until a verb has ended.
func (l *Lab) finish(ctx context.Context, t *task) error {
	for !t.ended {
		err := l.world.Run(ctx, slice)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			t.cancel()
			return err
		}
		for _, other := range l.background {
			other.step()
		}
		t.step()
	}
	return t.err
}

// leavePatience bounds how long the peers of a lab may take to end.
const leavePatience = 5 * time.Second

// Close ends all peers, in order as far as that is possible, and the world.
func (l *Lab) Close() error {
	for _, t := range l.background {
		t.cancel()
	}
	l.world.Faults().Clear()
	l.lobby.Release()
	for _, m := range l.living() {
		m.Leave()
	}
	var err error
	for end := l.world.Elapsed() + leavePatience; err == nil && len(l.living()) > 0 && l.world.Elapsed() < end; {
		err = l.world.Run(context.Background(), slice)
	}
	for _, m := range l.living() {
		m.Crash()
	}
	return errors.Join(err, l.world.Close())
}

// start starts a member, for the first time or again.
func (l *Lab) start(m *member) error {
	peer, err := l.lobby.Start(m.identity, l.config)
	if err != nil {
		return fmt.Errorf("lab: starting %s: %w", m.name, err)
	}
	m.Peer, m.runs = peer, map[string]int{}
	return l.spawnPassive(m)
}

// spawnSpoken starts a protocol that a line has named for the first time.
func (l *Lab) spawnSpoken() error {
	for _, m := range l.living() {
		if err := l.spawnPassive(m); err != nil {
			return err
		}
	}
	return nil
}

// spawnPassive starts the passive protocols that a member should run and does not.
func (l *Lab) spawnPassive(m *member) error {
	names := append([]string{Passive}, l.spoken...)
	for _, name := range slices.Sorted(maps.Keys(m.passive)) {
		if m.passive[name] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if wanted, said := m.passive[name]; said && !wanted || m.runs[name] > 0 {
			continue
		}
		if err := l.spawn(m, passive(name)); err != nil {
			return fmt.Errorf("lab: %s: %w", m.name, err)
		}
	}
	return nil
}

// spawn starts a protocol and takes its events.
func (l *Lab) spawn(m *member, p protocols.Protocol) error {
	cancel := m.Subscribe(p.Name, func(event any) { m.take(p.Name, event) })
	if err := m.Spawn(p); err != nil {
		cancel()
		return err
	}
	l.spawned++
	m.runs[p.Name] = l.spawned
	return nil
}

// snapshot asks a living member what it knows; false when it has ended.
func (l *Lab) snapshot(m *member) (actors.Snapshot, bool) {
	if !m.alive() {
		return actors.Snapshot{}, false
	}
	s, err := m.Snapshot()
	return s, err == nil
}

// settle returns when the messages sent to the actors of members have had all their
// effects, except those that take time.
func (l *Lab) settle(members ...*member) {
	var peers []worlds.Peer
	for _, m := range members {
		if m.alive() {
			peers = append(peers, m.Peer)
		}
	}
	l.world.Settle(peers...)
}

// cut reports whether nothing passes between two peers. Either the script has cut
// them off, or all they have is a connection whose other end is gone without a word.
func (l *Lab) cut(a, b *member) bool {
	return l.world.Faults().Cut(a.id, b.id) || l.world.Between(a.id, b.id).Orphaned
}
