package wrtc

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// connection implements actors.Conn. Calls to its session that may block run on the
// goroutine of commands, which exists only while there are commands.
type connection struct {
	transport *Transport
	remote    messages.PeerID
	events    func(actors.ConnEvent)
	eventMu   sync.Mutex  // one event at a time
	muted     atomic.Bool // no event follows but the last one
	told      bool        // the last event was emitted; guarded by eventMu

	commands *Queue
	session  *session      // owned by commands
	ending   chan struct{} // closed when the end begins
	hurry    chan struct{} // closed when nothing is flushed any more
	drained  chan struct{} // signals that the session's buffers may be empty

	mu       sync.Mutex
	ended    bool  // ending is closed
	hurried  bool  // hurry is closed
	err      error // why it ended
	channels [protocols.Classes]*channel
	pending  int // bytes that wait in all channels
	chunks   uint32
	foreign  int
	scratch  []byte

	spawned spawner // readers and flushes
}

func newConnection(t *Transport, remote messages.PeerID, events func(actors.ConnEvent)) *connection {
	return &connection{
		transport: t,
		remote:    remote,
		events:    events,
		commands:  NewQueue(),
		ending:    make(chan struct{}),
		hurry:     make(chan struct{}),
		drained:   make(chan struct{}, 1),
	}
}

// Offer implements actors.Conn.
func (c *connection) Offer() { c.command("offer", c.offer) }

// Answer implements actors.Conn.
func (c *connection) Answer(offer string) {
	c.command("answer", func() error { return c.answer(offer) })
}

// Accept implements actors.Conn.
func (c *connection) Accept(answer string) {
	c.command("accept", func() error { return c.accept(answer) })
}

// OpenClass implements actors.Conn. It does nothing for a class that is open or
// being opened.
func (c *connection) OpenClass(class protocols.Delivery) {
	c.command("open class", func() error { return c.openClass(class) })
}

// Close implements actors.Conn. No event but ConnClosed follows.
func (c *connection) Close(flush bool) {
	c.muted.Store(true)
	c.end(nil, flush)
}

func (c *connection) command(name string, f func() error) {
	c.commands.Schedule(func() {
		select {
		case <-c.ending:
			return
		default:
		}
		if err := f(); err != nil {
			c.end(fmt.Errorf("wrtc: %s: %w", name, err), false)
		}
	})
}

func (c *connection) emit(event actors.ConnEvent) {
	c.eventMu.Lock()
	defer c.eventMu.Unlock()
	if !c.muted.Load() {
		c.events(event)
	}
}

// spawner counts the goroutines of a connection that its session's callbacks start.
type spawner struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// start runs f on a goroutine, unless the connection has stopped that. It takes no
// other lock.
func (s *spawner) start(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Go(f)
	}
}

func (s *spawner) wait() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
}
