package demo

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/site"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/wrtc"
)

// room is a signaling server and the peers that meet there, in one process.
type room struct {
	log        *slog.Logger
	network    wrtc.Config
	peers      int // in the story
	period     time.Duration
	system     *actor.ActorSystem
	record     *record
	entrance   *entrance
	stopServer func() // returns when it has stopped
	url        string
	retry      time.Duration // the longest wait of a peer before it tries a lost link again; 0: the default
	watch      func(*member) // called with each peer that starts; nil: nobody

	mu      sync.Mutex // guards the rest
	members []*member
	started int // peers, ever
	ending  sync.WaitGroup
}

// member is a peer of a room.
type member struct {
	*n2n.Peer
	name string // p1, p2, … in the order of starting
}

// newRoom starts the signaling server of a room, and no peers yet. Only peers of this
// process enter the room.
func newRoom(c *console.Console, peers int) (*room, error) {
	network, err := wrtc.LoopbackConfig()
	if err != nil {
		return nil, err
	}
	door, err := newEntrance(server.Config{Logger: c.Logger()})
	if err != nil {
		return nil, err
	}
	listener, err := server.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	closeDoor := site.Run(listener, door, c.Logger())
	r := roomAt(c, network, peers, door, "ws://"+listener.Addr().String())
	r.stopServer = func() {
		_ = listener.Close() // first, so that a peer that tries again at once finds no server
		door.stop()
		closeDoor()
	}
	return r, nil
}

// roomAt returns a room without peers. They reach its signaling server at url.
func roomAt(c *console.Console, network wrtc.Config, peers int, door *entrance, url string) *room {
	log := c.Logger()
	if c.Verbose {
		network.Logger = log
	}
	return &room{
		log: log, network: network, peers: peers, period: periodOf(peers), system: node.NewSystem(log), record: newRecord(),
		entrance: door, stopServer: door.stop, url: url,
	}
}

// periodOf is Spray's period in a room. The more peers exchange arcs, the more
// handshakes there are in a second, and they share the processors of one machine.
func periodOf(peers int) time.Duration {
	return max(time.Second, time.Duration(peers)*80*time.Millisecond)
}

// start starts a peer. It has not entered the room yet.
func (r *room) start() (*member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := fmt.Sprintf("p%d", r.started+1)
	n, err := node.Start(r.network, r.period, n2n.System(r.system), n2n.Logger(r.log), n2n.Signal(r.url),
		n2n.Link(func(c *client.Config) { c.BackoffMax = r.retry }))
	if err != nil {
		return nil, fmt.Errorf("demo: starting %s: %w", name, err)
	}
	r.started++
	m := &member{n, name}
	r.members = append(r.members, m)
	if r.watch != nil {
		r.watch(m)
	}
	return m, nil
}

// all lists the peers that have not ended.
func (r *room) all() []*member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.members)
}

// arrival is the progress of a peer on its way into the overlay.
type arrival struct {
	inside chan struct{} // holds one once the peer is inside
	failed atomic.Pointer[error]
}

// note takes an event of Spray. The first peer of a room is inside once it knows that
// nobody is there. Otherwise it and the second peer could offer to each other.
func (a *arrival) note(event any, first bool) {
	switch e := event.(type) {
	case messages.Failed:
		if e.Op == messages.OpOpen {
			a.failed.Store(&e.Err)
		}
		return
	case messages.Contacts:
		if len(e.Peers) > 0 || !first {
			return
		}
	case spray.Joined:
	default:
		return
	}
	select {
	case a.inside <- struct{}{}:
	default:
	}
}

// enter lets a peer enter, and waits until it has an arc, or is the first.
func (r *room) enter(ctx context.Context, m *member, first bool) error {
	limited, cancel := context.WithTimeout(ctx, enterTimeout)
	defer cancel()
	a := &arrival{inside: make(chan struct{}, 1)}
	defer m.Actors().Subscribe(node.Spray, func(event any) { a.note(event, first) })()
	if _, err := m.Enter(limited, Room); err != nil {
		return fmt.Errorf("demo: %s: %w", m.name, err)
	}
	select {
	case <-a.inside:
		return nil
	case <-m.Done():
		return fmt.Errorf("demo: %s ended before it was inside: %w", m.name, messages.ErrClosed)
	case <-limited.Done():
	}
	err := context.Cause(limited)
	if failed := a.failed.Load(); failed != nil {
		err = *failed
	}
	return fmt.Errorf("demo: %s found no neighbour within %v: %w", m.name, enterTimeout, err)
}

// snapshots returns the snapshots of all peers.
func (r *room) snapshots(ctx context.Context) ([]actors.Snapshot, error) {
	members := r.all()
	all := make([]actors.Snapshot, len(members))
	for i, m := range members {
		s, err := m.Actors().Snapshot(ctx)
		if err != nil {
			return nil, fmt.Errorf("demo: %s: %w", m.name, err)
		}
		all[i] = s
	}
	return all, nil
}

// part removes a peer from the room and begins its end: it leaves in order if leave is
// true, else it crashes. It returns false if the peer was removed before.
func (r *room) part(m *member, leave bool) bool {
	r.mu.Lock()
	i := slices.Index(r.members, m)
	if i >= 0 {
		r.members = slices.Delete(r.members, i, i+1)
	}
	r.mu.Unlock()
	if i < 0 {
		return false
	}
	if !leave {
		m.Actors().Crash()
	}
	r.ending.Go(func() {
		if err := node.Leave(m.Peer); err != nil && leave {
			r.log.Warn("a peer did not leave in order", "peer", m.name, "error", err)
		}
	})
	return true
}

// end makes all peers leave, and stops the rest.
func (r *room) end() {
	for _, m := range r.all() {
		r.part(m, true)
	}
	r.ending.Wait()
	r.stopServer()
	r.system.Shutdown()
}
