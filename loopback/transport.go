package loopback

import (
	"fmt"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// transport is the transport of a peer, with the network's faults.
type transport struct {
	network *network
	self    messages.PeerID
	inner   actors.Transport
}

// Connect implements actors.Transport.
func (t *transport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	c := &conn{network: t.network, transport: t, self: t.self, remote: remote, events: events}
	t.network.mu.Lock()
	t.network.conns[c] = struct{}{}
	t.network.mu.Unlock()
	inner := t.inner.Connect(remote, c.event)
	t.network.mu.Lock()
	c.Conn = inner
	t.network.mu.Unlock()
	return c
}

// Close implements actors.Transport.
func (t *transport) Close() {
	t.network.mu.Lock()
	for c := range t.network.conns {
		if c.transport == t {
			c.closes()
		}
	}
	t.network.mu.Unlock()
	t.inner.Close()
}

// conn is one end of a connection. It is guarded by the network's lock, which is not
// held during calls of the real connection.
type conn struct {
	actors.Conn  // the real one
	network      *network
	transport    *transport
	self, remote messages.PeerID
	events       func(actors.ConnEvent)

	other     *conn // the other end
	sent, got int   // envelopes, except lossy ones
	opened    bool
	closing   bool // by this end
	ended     bool
	// orphan tells that the other end is gone and its last message was lost. This
	// end notices only after a time.
	orphan  bool
	over    bool               // the real connection has ended, and the event is held up or was lost
	held    []actors.ConnEvent // while the two are cut off from each other, or a lost envelope is sent again
	again   time.Time          // until when that takes
	failing *time.Timer
}

// Answer implements actors.Conn.
func (c *conn) Answer(offer string) {
	c.meet(offer)
	c.Conn.Answer(offer)
}

// Accept implements actors.Conn.
func (c *conn) Accept(answer string) {
	c.meet(answer)
	c.Conn.Accept(answer)
}

// meet finds the other end by its session description.
func (c *conn) meet(sdp string) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.other = c.network.described[sdp]
}

// Send implements actors.Conn.
func (c *conn) Send(class protocols.Delivery, envelope messages.Envelope) error {
	if c.count(class, 1) {
		return nil // the other end is gone
	}
	err := c.Conn.Send(class, envelope)
	if err != nil {
		c.count(class, -1)
	}
	return err
}

func (c *conn) count(class protocols.Delivery, n int) (orphan bool) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if class != protocols.Lossy {
		c.sent += n
	}
	return c.orphan
}

// Close implements actors.Conn.
func (c *conn) Close(flush bool) {
	c.network.mu.Lock()
	c.closes()
	c.network.mu.Unlock()
	c.Conn.Close(flush)
}

// closes notes that this end closes. If the other end is cut off, it does not hear
// of that. If the real connection has ended before, this end now says so.
func (c *conn) closes() {
	c.closing = true
	if o := c.other; o != nil && !o.ended && c.network.faults.Severed(c.self, c.remote) {
		o.orphan, o.held = true, nil
	}
	if c.over {
		c.held = nil
		c.deliver(actors.ConnClosed{})
	}
}

// event takes an event of the real connection.
func (c *conn) event(e actors.ConnEvent) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if c.ended {
		return
	}
	if c.closing || !fromRemote(e) {
		c.deliver(e)
		return
	}
	if received, ok := e.(actors.ConnReceived); ok {
		if e, ok = c.lose(received); !ok {
			return
		}
	}
	if !c.orphan && len(c.held) == 0 && c.passes() {
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

// passes reports whether nothing holds events up.
func (c *conn) passes() bool {
	return !c.network.faults.Cut(c.self, c.remote) && !time.Now().Before(c.again)
}

// lose draws which envelopes of a frame are lost. It returns false if none is left.
// While a late one is sent again, all later ones wait.
func (c *conn) lose(e actors.ConnReceived) (actors.ConnEvent, bool) {
	late := time.Duration(0)
	e.Envelopes = slices.DeleteFunc(e.Envelopes, func(messages.Envelope) bool {
		d, lost := c.network.loss.Draw(c.network.random, e.Class)
		late = max(late, d)
		return lost
	})
	if until := time.Now().Add(late); late > 0 && until.After(c.again) {
		c.again = until
		time.AfterFunc(late, func() {
			c.network.mu.Lock()
			defer c.network.mu.Unlock()
			c.release()
		})
	}
	return e, len(e.Envelopes) > 0
}

// fromRemote reports whether an event comes from the other end or from the network.
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
		c.network.described[e.SDP] = c
	case actors.ConnOpened:
		c.opened = true
		c.watch()
	case actors.ConnReceived:
		if e.Class != protocols.Lossy {
			c.got += len(e.Envelopes)
		}
	case actors.ConnClosed:
		c.ended = true
		delete(c.network.conns, c)
		if c.failing != nil {
			c.failing.Stop()
		}
	}
	c.events(e)
}

// release delivers the events that waited, unless they still have to wait.
func (c *conn) release() {
	if c.ended || !c.passes() {
		return
	}
	held := c.held
	c.held = nil
	for _, e := range held {
		c.deliver(e)
	}
}

// watch starts or stops the timer after which this end notices that it is cut off. An
// orphan does not recover.
func (c *conn) watch() {
	switch severed := c.network.faults.Severed(c.self, c.remote); {
	case severed && c.failing == nil && c.opened:
		c.failing = time.AfterFunc(c.network.detection, c.fail)
	case !severed && c.failing != nil && !c.orphan:
		c.failing.Stop()
		c.failing = nil
	}
}

func (c *conn) fail() {
	c.network.mu.Lock()
	if c.ended {
		c.network.mu.Unlock()
		return
	}
	c.closing = true
	c.deliver(actors.ConnClosed{Err: fmt.Errorf("nothing came from the other side any more: %w", messages.ErrClosed)})
	below := c.Conn
	c.network.mu.Unlock()
	below.Close(false)
}
