package lab

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// detection is how long it takes to notice that nothing comes any more: that of
// the simulated world, and of ICE.
const detection = 15 * time.Second

// transport is a peer's in a lab: it notes what crosses the connections, so that
// a verb can wait for it, and holds it up in a world that knows no faults.
type transport struct {
	board *board
	self  messages.PeerID
	inner actors.Transport
}

// Connect implements actors.Transport.
func (t *transport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	c := &conn{board: t.board, transport: t, self: t.self, remote: remote, events: events}
	t.board.mu.Lock()
	t.board.conns[c] = struct{}{}
	t.board.mu.Unlock()
	inner := t.inner.Connect(remote, c.event)
	t.board.mu.Lock()
	c.inner = inner
	t.board.mu.Unlock()
	return c
}

// Close implements actors.Transport.
func (t *transport) Close() {
	t.board.mu.Lock()
	for c := range t.board.conns {
		if c.transport == t {
			c.closes()
		}
	}
	t.board.mu.Unlock()
	t.inner.Close()
}

// conn is one end of a connection. It is guarded by the board's lock, which is
// not held while the connection below is called.
type conn struct {
	board        *board
	transport    *transport
	self, remote messages.PeerID
	inner        actors.Conn
	events       func(actors.ConnEvent)

	other     *conn // the other end
	sent, got int   // envelopes, but those that may be lost
	opened    bool
	closing   bool // by this end
	ended     bool
	// orphan: the other end is gone, and its last word was lost; only time tells.
	orphan  bool
	over    bool               // the connection below has ended, and that is held up or was lost
	held    []actors.ConnEvent // while the two are cut off from each other
	failing *time.Timer
}

var _ actors.Conn = (*conn)(nil)

func (c *conn) Offer()                             { c.inner.Offer() }
func (c *conn) OpenClass(class protocols.Delivery) { c.inner.OpenClass(class) }
func (c *conn) Congested() bool                    { return c.inner.Congested() }

// Answer implements actors.Conn.
func (c *conn) Answer(offer string) {
	c.board.mu.Lock()
	c.other = c.board.described[offer]
	c.board.mu.Unlock()
	c.inner.Answer(offer)
}

// Accept implements actors.Conn.
func (c *conn) Accept(answer string) {
	c.board.mu.Lock()
	c.other = c.board.described[answer]
	c.board.mu.Unlock()
	c.inner.Accept(answer)
}

// Send implements actors.Conn.
func (c *conn) Send(class protocols.Delivery, envelope messages.Envelope) error {
	kind := fmt.Sprintf("%s bytes", class)
	if envelope.Message != nil {
		kind = fmt.Sprintf("%s %s", class, kindOf(envelope.Message))
	}
	if c.count(class, kind, 1) {
		return nil // it goes nowhere
	}
	err := c.inner.Send(class, envelope)
	if err != nil {
		c.count(class, kind, -1)
	}
	return err
}

func (c *conn) count(class protocols.Delivery, kind string, n int) (orphan bool) {
	c.board.mu.Lock()
	defer c.board.mu.Unlock()
	c.board.wire[kind] += n
	if class != protocols.Lossy {
		c.sent += n
	}
	return c.orphan
}

// Close implements actors.Conn.
func (c *conn) Close(flush bool) {
	c.board.mu.Lock()
	c.closes()
	c.board.mu.Unlock()
	c.inner.Close(flush)
}

// closes notes that this end closes: cut off, the other end hears nothing of it.
// What ended below before ends here now.
func (c *conn) closes() {
	c.closing = true
	if o := c.other; o != nil && !o.ended && c.board.faults.severed(c.self, c.remote) {
		o.orphan, o.held = true, nil
	}
	if c.over {
		c.held = nil
		c.deliver(actors.ConnClosed{})
	}
}

// event takes an event of the connection below.
func (c *conn) event(e actors.ConnEvent) {
	b := c.board
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.ended {
		return
	}
	if !b.traits.gated || c.closing || !fromRemote(e) || !c.orphan && len(c.held) == 0 && !b.faults.cut(c.self, c.remote) {
		c.deliver(e)
		return
	}
	if _, closed := e.(actors.ConnClosed); closed {
		c.over = true
	}
	if !c.orphan {
		c.held = append(c.held, e)
	}
}

// fromRemote reports whether the other end, or the network between, is behind an event.
func fromRemote(e actors.ConnEvent) bool {
	switch e.(type) {
	case actors.ConnOpened, actors.ConnReceived, actors.ConnViolated, actors.ConnClosed:
		return true
	default:
		return false
	}
}

func (c *conn) deliver(e actors.ConnEvent) {
	switch e := e.(type) {
	case actors.ConnSignal:
		c.board.described[e.SDP] = c
	case actors.ConnOpened:
		c.opened = true
		c.watch()
	case actors.ConnReceived:
		if e.Class != protocols.Lossy {
			c.got += len(e.Envelopes)
		}
	case actors.ConnClosed:
		c.ended = true
		delete(c.board.conns, c)
		if c.failing != nil {
			c.failing.Stop()
		}
	}
	c.events(e)
}

// faultsChanged lets pass what waited, unless it still has to wait.
func (c *conn) faultsChanged() {
	c.watch()
	if c.board.faults.cut(c.self, c.remote) {
		return
	}
	held := c.held
	c.held = nil
	for _, e := range held {
		c.deliver(e)
	}
}

// watch starts the time after which this end notices that it is cut off, or
// stops it. A connection without another end does not recover.
func (c *conn) watch() {
	if !c.board.traits.gated {
		return
	}
	switch severed := c.board.faults.severed(c.self, c.remote); {
	case severed && c.failing == nil && c.opened:
		c.failing = time.AfterFunc(detection, c.fail)
	case !severed && c.failing != nil && !c.orphan:
		c.failing.Stop()
		c.failing = nil
	}
}

func (c *conn) fail() {
	c.board.mu.Lock()
	if c.ended {
		c.board.mu.Unlock()
		return
	}
	c.closing = true
	c.deliver(actors.ConnClosed{Err: fmt.Errorf("nothing came from the other side any more: %w", messages.ErrClosed)})
	inner := c.inner
	c.board.mu.Unlock()
	inner.Close(false)
}
