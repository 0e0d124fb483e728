package wrtc

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// flushTimeout is how long Close waits for what was sent.
	flushTimeout = time.Second
	// maxForeign is how many channels a remote may try to open.
	maxForeign = 8
)

// connection implements actors.Conn. Whatever of pion may block runs on the
// goroutine of commands, which exists only while there are some.
type connection struct {
	transport *Transport
	remote    messages.PeerID
	events    func(actors.ConnEvent)
	eventMu   sync.Mutex  // one event at a time
	muted     atomic.Bool // no event but the last

	commands *Queue
	pion     *pionConnection // belongs to commands
	ending   chan struct{}   // closed when the end begins
	hurry    chan struct{}   // closed when nothing is to be flushed
	drained  chan struct{}   // pion's buffers may be empty

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
// on its way.
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

// end begins the end; the first cause counts. It never blocks.
func (c *connection) end(err error, flush bool) {
	c.mu.Lock()
	if !flush && !c.hurried {
		c.hurried = true
		close(c.hurry)
	}
	first := !c.ended
	if first {
		c.ended, c.err = true, err
		close(c.ending)
	}
	c.mu.Unlock()
	if first {
		c.commands.Schedule(c.shutdown)
	}
}

// violated reports what no correct peer does, and closes the connection for it.
func (c *connection) violated(err error) {
	c.emit(actors.ConnViolated{Err: err})
	c.end(err, false)
}

// shutdown is the last command. What arrived before the end is still delivered.
func (c *connection) shutdown() {
	c.flush()
	if c.pion != nil {
		_ = c.pion.GracefulClose() // it is over, whatever pion says to it
	}
	c.spawned.wait()
	c.eventMu.Lock()
	c.events(actors.ConnClosed{Err: c.err})
	c.muted.Store(true)
	c.eventMu.Unlock()
	c.transport.forget(c)
}

func (c *connection) emit(event actors.ConnEvent) {
	c.eventMu.Lock()
	defer c.eventMu.Unlock()
	if !c.muted.Load() {
		c.events(event)
	}
}

func (c *connection) offer() error {
	if err := c.prepare(); err != nil {
		return err
	}
	description, err := c.pion.CreateOffer(nil)
	if err != nil {
		return err
	}
	return c.publish(description)
}

func (c *connection) answer(offer string) error {
	text, err := checkRemote(offer, c.transport.loopback)
	if err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	if err := c.pion.SetRemoteDescription(pionDescription{Type: sdpOffer, SDP: text}); err != nil {
		return err
	}
	description, err := c.pion.CreateAnswer(nil)
	if err != nil {
		return err
	}
	return c.publish(description)
}

func (c *connection) accept(answer string) error {
	text, err := checkRemote(answer, c.transport.loopback)
	if err != nil {
		return err
	}
	if c.pion == nil {
		return errors.New("there is no offer")
	}
	return c.pion.SetRemoteDescription(pionDescription{Type: sdpAnswer, SDP: text})
}

// publish hands out our description once all candidates are known, or those
// that are when the time is up.
func (c *connection) publish(description pionDescription) error {
	complete := gatheringComplete(c.pion)
	if err := c.pion.SetLocalDescription(description); err != nil {
		return err
	}
	patience := time.NewTimer(c.transport.gather)
	defer patience.Stop()
	select {
	case <-complete:
	case <-patience.C:
	case <-c.ending:
		return nil
	}
	text, err := shorten(c.pion.LocalDescription().SDP)
	if err != nil {
		return err
	}
	c.emit(actors.ConnSignal{SDP: text})
	return nil
}

// prepare makes pion's connection with channel 0.
func (c *connection) prepare() error {
	if c.pion != nil {
		return nil
	}
	pc, err := c.transport.api.NewPeerConnection(c.transport.setup)
	if err != nil {
		return err
	}
	c.pion = pc
	pc.OnConnectionStateChange(func(state pionConnectionState) {
		switch state {
		case stateFailed:
			c.end(fmt.Errorf("wrtc: nothing arrives any more, or the handshake failed: %w", messages.ErrClosed), false)
		case stateClosed:
			c.end(fmt.Errorf("wrtc: the connection: %w", messages.ErrClosed), false)
		}
	})
	pc.OnDataChannel(c.refuse)
	pc.SCTP().OnError(func(err error) {
		c.violated(fmt.Errorf("something was sent on a channel that is not open: %w: %w", err, messages.ErrMalformed))
	})
	return c.makeChannel(protocols.Ordered, func() {
		remote := sha256.Sum256(pc.SCTP().Transport().GetRemoteCertificate())
		c.emit(actors.ConnOpened{Local: c.transport.Fingerprint(), Remote: remote[:]})
	})
}

func (c *connection) openClass(class protocols.Delivery) error {
	if class == protocols.Ordered || class >= protocols.Classes {
		return fmt.Errorf("class %v has no channel of its own to open", class)
	}
	c.mu.Lock()
	exists := c.channels[class] != nil
	c.mu.Unlock()
	if exists {
		return nil
	}
	if err := c.prepare(); err != nil {
		return err
	}
	return c.makeChannel(class, func() { c.emit(actors.ConnClassOpened{Class: class}) })
}

// refuse closes a channel that the remote opened.
func (c *connection) refuse(dc *pionChannel) {
	dc.OnOpen(func() {
		if raw, err := dc.Detach(); err == nil {
			_ = raw.Close()
		}
	})
	c.mu.Lock()
	c.foreign++
	many := c.foreign >= maxForeign
	c.mu.Unlock()
	err := fmt.Errorf("the remote opened a channel %.40q: %w", dc.Label(), messages.ErrMalformed)
	if many {
		c.violated(err)
		return
	}
	c.emit(actors.ConnViolated{Err: err})
}

// spawner counts the goroutines of a connection that pion's callbacks start.
type spawner struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// start runs f, unless the connection is past that. It takes no other lock.
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
