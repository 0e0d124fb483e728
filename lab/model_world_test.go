package lab_test

import (
	"context"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// observed is a simulated world that notes what the lab asks of its peers, what
// they tell, and what they hold of the world. It changes nothing: a script gives
// the same in a plain world.
type observed struct {
	worlds.World
	starts  []*start
	sent    map[string]*text // by payload
	newest  map[text]string  // payload that arrived, by what it has in common with others
	asks    []*ask
	linger  time.Duration // the shortest that was set so far
	limit   time.Duration // the deadline of requests that begin now
	hasty   bool          // it was less than ampleTime: the other side may give up
	crashed map[messages.PeerID]bool
	left    map[messages.PeerID]bool
	cut     bool   // peers were cut off from each other, or the service was stopped
	removed bool   // protocols were, from a peer
	broken  string // the first rule that an event broke
}

// start is one start of a peer.
type start struct {
	world     *observed
	id        messages.PeerID
	peer      worlds.Peer
	protocols map[string]*told
	links     map[messages.PeerID]*linked
	conns     map[messages.PeerID]int // connections of the transport that have not ended
	timers    int                     // that wait
	leaving   bool
}

// linked is what a peer told of its connections to another.
type linked struct {
	opened, living int
	met            bool          // a connection was open at any time
	unused         time.Duration // since when no arc was on it
}

// text is a message that was sent along arcs.
type text struct {
	from, to messages.PeerID
	protocol string
	arrived  bool
}

// ask is a request that the lab made of a peer.
type ask struct {
	of       *start
	protocol string
	command  any
	ticket   messages.Ticket
	at       time.Duration
	limit    time.Duration
	ends     []any
	lost     bool  // its protocol has ended since
	text     *text // of a message
}

func (w *observed) breaks(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
	}
}

// pass lets time pass, as the lab's wait does in small parts.
func (w *observed) pass(d time.Duration) error {
	return w.World.Run(context.Background(), d)
}

// Start implements worlds.World.
func (w *observed) Start(given worlds.Start) (worlds.Peer, error) {
	s := &start{
		world: w, id: given.Identity.ID(), protocols: map[string]*told{},
		links: map[messages.PeerID]*linked{}, conns: map[messages.PeerID]int{},
	}
	fit := given.Fit
	given.Fit = func(from actors.World) actors.World {
		from = fit(from)
		from.Clock = countingClock{from.Clock, s}
		from.Transport = countingTransport{from.Transport, s}
		return from
	}
	peer, err := w.World.Start(given)
	if err != nil {
		return nil, err
	}
	s.peer = peer
	w.starts = append(w.starts, s)
	peer.SubscribeConnections(s.connection)
	for _, name := range modelProtocols {
		s.protocols[name] = &told{}
		peer.Subscribe(name, func(event any) { s.event(name, event) })
	}
	return observedPeer{peer, s}, nil
}

// observedPeer is the lab's handle of a start.
type observedPeer struct {
	worlds.Peer
	start *start
}

// Leave implements worlds.Peer.
func (p observedPeer) Leave() {
	p.start.leaving = true
	p.Peer.Leave()
}

// Command implements worlds.Peer.
func (p observedPeer) Command(protocol string, command any) error {
	s, w := p.start, p.start.world
	a := &ask{of: s, protocol: protocol, command: command, ticket: ticketOf(command), at: w.Elapsed(), limit: w.limit}
	w.asks = append(w.asks, a)
	want, known := s.expected(protocol, command)
	w.sends(a)
	err := p.Peer.Command(protocol, command)
	if known && !s.leaving {
		w.compare(a, want)
	}
	return err
}

// ended reports whether the peer is no more.
func (s *start) ended() bool {
	select {
	case <-s.peer.Done():
		return true
	default:
		return false
	}
}

func (s *start) link(peer messages.PeerID) *linked {
	if s.links[peer] == nil {
		s.links[peer] = &linked{}
	}
	return s.links[peer]
}

// arcs is how many arcs a peer told of that are on a connection, both ways.
func (s *start) arcs(peer messages.PeerID) int {
	n := 0
	for _, t := range s.protocols {
		n += t.out[peer] + t.in[peer]
	}
	return n
}

// connection takes an event of the peer's connections.
func (s *start) connection(event any) {
	now := s.world.Elapsed()
	switch e := event.(type) {
	case messages.ConnectionOpened:
		l := s.link(e.Peer)
		l.opened++
		l.met = true
	case messages.ConnectionAuthenticated:
		l := s.link(e.Peer)
		l.living++
		l.unused = now
		if l.living > 1 {
			s.world.breaks("%s has %d living connections to %s", s.id.Short(), l.living, e.Peer.Short())
		}
		if e.Peer == s.id {
			s.world.breaks("%s is connected to itself", s.id.Short())
		}
	case messages.ConnectionClosed:
		l := s.link(e.Peer)
		l.opened--
		if e.Cause == messages.CauseRefused {
			return // it never lived
		}
		l.living--
		if l.opened < 0 || l.living < 0 {
			s.world.breaks("%s told twice of a connection's end", s.id.Short())
		}
		if e.Cause == messages.CauseClosed && !s.leaving && s.id.Less(e.Peer) && now-l.unused < s.world.linger {
			s.world.breaks("%s closed a connection that was in use %v before", s.id.Short(), now-l.unused)
		}
		if e.Cause == messages.CauseLeft && !s.world.left[e.Peer] {
			s.world.breaks("%s says that %s has left, which it did not", s.id.Short(), e.Peer.Short())
		}
		if e.Cause == messages.CauseCrashed && !s.world.crashed[e.Peer] && !s.world.cut {
			s.world.breaks("%s says that %s has crashed, which it did not", s.id.Short(), e.Peer.Short())
		}
	}
}

// calm reports whether nothing has happened that may keep a request or a message
// from its end, but that a protocol does not run there.
func (w *observed) calm() bool { return len(w.crashed)+len(w.left) == 0 && !w.cut }

// event takes what a protocol of the peer got.
func (s *start) event(protocol string, event any) {
	t := s.protocols[protocol]
	if err := t.take(event); err != nil {
		s.world.breaks("%s of %s was told wrongly: %v", protocol, s.id.Short(), err)
	}
	switch e := event.(type) {
	case messages.ArcOpened:
		s.link(e.Peer).unused = s.world.Elapsed()
	case messages.ArcClosed:
		s.link(e.Peer).unused = s.world.Elapsed()
	case messages.Received:
		s.world.received(s.id, protocol, e)
	case messages.Stopped:
		for _, a := range s.world.asks {
			a.lost = a.lost || a.of == s && a.protocol == protocol
		}
	}
	if ticket := messages.TicketOf(event); ticket != 0 {
		s.world.ends(s, protocol, ticket, event)
	}
}

// countingClock counts the timers that wait.
type countingClock struct {
	actors.Clock
	start *start
}

func (c countingClock) AfterFunc(d time.Duration, post func()) actors.Timer {
	c.start.timers++
	return &countedTimer{c.start, c.Clock.AfterFunc(d, func() {
		c.start.timers--
		post()
	})}
}

type countedTimer struct {
	start *start
	inner actors.Timer
}

func (t *countedTimer) Stop() bool {
	was := t.inner.Stop()
	if was {
		t.start.timers--
	}
	return was
}

// countingTransport counts the connections that have not ended.
type countingTransport struct {
	actors.Transport
	start *start
}

func (t countingTransport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	t.start.conns[remote]++
	return t.Transport.Connect(remote, func(e actors.ConnEvent) {
		if _, closed := e.(actors.ConnClosed); closed {
			t.start.conns[remote]--
		}
		events(e)
	})
}
