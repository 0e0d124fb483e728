package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/web/live"
)

const (
	// rememberEnd is how long pages are told how a peer ended. Its neighbours notice the
	// end within a quarter of that time.
	rememberEnd = time.Minute
	// rememberEnds bounds how many ends of other peers than the room's are kept.
	rememberEnds = 1_000
	// backTimeout bounds the wait, after a start of the signaling server, until the peers
	// are linked to it again.
	backTimeout = 3 * time.Second
)

// stage is a room that pages watch and drive: a live.Source, and live.Controls.
type stage struct {
	room *room
	page *live.Server
	turn chan struct{} // holds one while peers are added

	mu    sync.Mutex // guards the rest
	told  bool       // the story has been told; until then pages only watch
	known map[messages.PeerID]live.Peer
	gone  map[messages.PeerID]end // peers of the room
	lost  map[messages.PeerID]end // other peers, as peers of the room report
}

// end is how and when a peer ended.
type end struct {
	how live.How
	at  time.Time
}

// newStage puts a room without peers on a stage. The stage's page must be set before
// the first peer starts.
func newStage(r *room) *stage {
	s := &stage{
		room: r, turn: make(chan struct{}, 1), known: map[messages.PeerID]live.Peer{},
		gone: map[messages.PeerID]end{}, lost: map[messages.PeerID]end{},
	}
	r.watch = s.watch
	return s
}

// watch subscribes to a peer's broadcasts and to the ends of its connections.
func (s *stage) watch(m *member) {
	self := m.ID()
	actors.On(m.Actors(), node.Broadcast, func(d messages.Delivered) { s.page.Heard(Room, self, d) })
	m.Actors().SubscribeConnections(func(event any) {
		if e, ok := event.(messages.ConnectionClosed); ok {
			s.parted(e)
		}
	})
}

// parted notes how the peer at the other end of a connection ended, if it ended.
func (s *stage) parted(e messages.ConnectionClosed) {
	how := live.Left
	switch e.Cause {
	case messages.CauseLeft:
	case messages.CauseCrashed:
		how = live.Crashed
	default:
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lost) < rememberEnds {
		s.lost[e.Peer] = end{how, time.Now()}
	}
}

// State implements live.Source.
func (s *stage) State(ctx context.Context, _ string) live.State {
	members := s.room.all()
	peers := make([]live.Peer, len(members))
	var asked sync.WaitGroup
	for i, m := range members {
		asked.Go(func() { peers[i] = s.look(ctx, m) })
	}
	asked.Wait()
	state := live.State{
		Members: s.room.entrance.members(Room), Gone: map[messages.PeerID]live.How{},
		Lost: map[messages.PeerID]live.How{}, Serving: s.room.entrance.running(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.known)
	for _, p := range peers {
		if !p.ID.IsZero() {
			state.Peers = append(state.Peers, p)
			s.known[p.ID] = p
		}
	}
	recent(s.gone, state.Gone)
	recent(s.lost, state.Lost)
	return state
}

// look asks a peer for its state. If the answer takes too long, look returns the last
// known state; if the peer has ended, it returns the zero Peer.
func (s *stage) look(ctx context.Context, m *member) live.Peer {
	snapshot, err := m.Actors().Snapshot(ctx)
	if err == nil {
		return live.PeerOf(m.name, snapshot)
	}
	select {
	case <-m.Done():
		if s.room.part(m, false) {
			s.ended(m.ID(), live.Crashed)
		}
		return live.Peer{}
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.known[m.ID()]; ok {
		return known
	}
	return live.Peer{ID: m.ID(), Name: m.name, Kind: live.Go}
}

// recent copies the ends that pages are still told of, and forgets older ones.
func recent(ends map[messages.PeerID]end, into map[messages.PeerID]live.How) {
	for id, end := range ends {
		if time.Since(end.at) > rememberEnd {
			delete(ends, id)
			continue
		}
		into[id] = end.how
	}
}

func (s *stage) ended(id messages.PeerID, how live.How) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone[id] = end{how, time.Now()}
}

// open gives the controls to the pages once the story is told.
func (s *stage) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = true
}

// opened returns an error while the story is told: pages must not disturb it.
func (s *stage) opened() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told {
		return nil
	}
	return fmt.Errorf("the demo still tells its story: try again when the signaling server runs again: %w", messages.ErrRefused)
}

// Add implements live.Controls.
func (s *stage) Add(ctx context.Context, count int) error {
	if err := s.opened(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fmt.Errorf("other peers are being added: %w", messages.ErrTimeout)
	}
	running := len(s.room.all())
	switch {
	case running+count > MaxPeers:
		return fmt.Errorf("%d peers run, and %d are the most: %w", running, MaxPeers, messages.ErrFull)
	case !s.room.entrance.running():
		return fmt.Errorf("the signaling server is stopped, and nobody can enter without: %w", messages.ErrClosed)
	}
	for i := range count {
		m, err := s.room.start()
		if err == nil {
			err = s.room.enter(ctx, m, running+i == 0)
		}
		if err != nil && m != nil && s.room.part(m, false) {
			s.ended(m.ID(), live.Crashed)
		}
		if err != nil {
			return fmt.Errorf("%d of %d peers entered: %w", i, count, err)
		}
	}
	return nil
}

// Crash implements live.Controls.
func (s *stage) Crash(_ context.Context, peer messages.PeerID) error {
	m, err := s.member(peer)
	if err == nil && s.room.part(m, false) {
		s.ended(peer, live.Crashed)
	}
	return err
}

// Leave implements live.Controls. It waits until the peer has ended.
func (s *stage) Leave(ctx context.Context, peer messages.PeerID) error {
	m, err := s.member(peer)
	if err != nil || !s.room.part(m, true) {
		return err
	}
	select {
	case <-m.Done():
	case <-ctx.Done():
	}
	s.ended(peer, live.Left)
	return nil
}

// Serve implements live.Controls. After a start it waits a short time until the peers
// are linked again, so that a new peer finds them.
func (s *stage) Serve(ctx context.Context, run bool) error {
	if err := s.opened(); err != nil {
		return err
	}
	if !run {
		s.room.entrance.stop()
		return nil
	}
	if err := s.room.entrance.start(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, backTimeout)
	defer cancel()
	for len(s.room.entrance.members(Room)) < len(s.room.all()) {
		if pause(limited, 20*time.Millisecond) != nil {
			break
		}
	}
	return nil
}

// Say implements live.Controls.
func (s *stage) Say(ctx context.Context, peer messages.PeerID, text string) error {
	m, err := s.member(peer)
	if err != nil {
		return err
	}
	_, err = m.Publish(ctx, []byte(text))
	return err
}

func (s *stage) member(peer messages.PeerID) (*member, error) {
	if err := s.opened(); err != nil {
		return nil, err
	}
	for _, m := range s.room.all() {
		if m.ID() == peer {
			return m, nil
		}
	}
	return nil, fmt.Errorf("the peer has ended: %w", messages.ErrClosed)
}
