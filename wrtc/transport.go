package wrtc

import (
	"fmt"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// Transport makes the WebRTC connections of one peer, all with one certificate.
type Transport struct {
	engine *engine // pion, or the browser
	queue  *Queue
	gather time.Duration

	mu          sync.Mutex
	closed      bool
	connections map[*connection]struct{}
	running     sync.WaitGroup
}

var _ actors.Transport = (*Transport)(nil)

// NewTransport returns a transport whose channels deliver through queue. If the
// configuration cannot be used, it returns an error and has started nothing.
func NewTransport(cfg Config, queue *Queue) (*Transport, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	engine, err := newEngine(cfg)
	if err != nil {
		return nil, err
	}
	return &Transport{
		engine:      engine,
		queue:       queue,
		gather:      cfg.GatherTimeout,
		connections: make(map[*connection]struct{}),
	}, nil
}

// Connect implements actors.Transport. After Close it returns a closed connection.
func (t *Transport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	c := newConnection(t, remote, events)
	t.mu.Lock()
	closed := t.closed
	if !closed {
		t.connections[c] = struct{}{}
	}
	t.running.Add(1)
	t.mu.Unlock()
	if closed {
		c.end(fmt.Errorf("wrtc: the transport: %w", messages.ErrClosed), false)
	}
	return c
}

// Close implements actors.Transport.
func (t *Transport) Close() {
	t.mu.Lock()
	t.closed = true
	open := make([]*connection, 0, len(t.connections))
	for c := range t.connections {
		open = append(open, c)
	}
	t.mu.Unlock()
	for _, c := range open {
		c.Close(false)
	}
}

// Wait returns when every connection has reported its end and has stopped its
// goroutines. Call it after Close, and not from an actor or an event.
func (t *Transport) Wait() { t.running.Wait() }

func (t *Transport) forget(c *connection) {
	t.mu.Lock()
	delete(t.connections, c)
	t.mu.Unlock()
	t.running.Done()
}
