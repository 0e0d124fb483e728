package wrtc

import (
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// flushTimeout is how long Close waits for what was sent.
	flushTimeout = time.Second
	// checkTimeout is how long a connection that was given up may go on to look
	// for its way.
	checkTimeout = time.Second
	// closeTimeout is how long pion may take to close before the end is told.
	closeTimeout = 3 * time.Second
)

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

// shutdown is the last command. What arrived before the end is still delivered;
// an attempt that never opened ends at once, and is cleared away behind.
func (c *connection) shutdown() {
	c.flush()
	if !c.opened() {
		c.last()
	}
	if c.pion != nil {
		c.awaitCheck()
		c.closePion()
	}
	c.spawned.wait()
	c.last()
	c.transport.forget(c)
}

// closePion waits until pion has ended. If that takes long, the end is told
// before: it may not hang on pion.
func (c *connection) closePion() {
	late := time.AfterFunc(closeTimeout, c.last)
	_ = c.pion.GracefulClose() // it is over, whatever pion says to it
	late.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.channels {
		if ch == nil {
			continue
		}
		// A stream that pion makes just as its association ends is never ended by
		// it, and would keep its reader.
		if raw, ok := ch.raw.(interface{ SetReadDeadline(time.Time) error }); ok {
			_ = raw.SetReadDeadline(time.Unix(1, 0))
		}
	}
}

// last tells of the end, once.
func (c *connection) last() {
	c.eventMu.Lock()
	defer c.eventMu.Unlock()
	c.muted.Store(true)
	if !c.told {
		c.told = true
		c.events(actors.ConnClosed{Err: c.err})
	}
}

// opened reports whether channel 0 has been open.
func (c *connection) opened() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.channels[protocols.Ordered] != nil && c.channels[protocols.Ordered].open
}

// awaitCheck waits until ICE has succeeded or failed, or has done neither for
// long. pion's ICETransport (v3.3.6) reads what it has not locked when it stops
// just as ICE succeeds, and may end the process with a nil pointer.
func (c *connection) awaitCheck() {
	if !c.started {
		return
	}
	patience := time.NewTimer(checkTimeout)
	defer patience.Stop()
	select {
	case <-c.checked:
	case <-patience.C:
	}
}

// flush waits until the other end has what was sent. It runs after the end has
// begun, on the goroutine of the commands, without c.mu.
func (c *connection) flush() {
	select {
	case <-c.hurry:
		return
	default:
	}
	patience := time.NewTimer(flushTimeout)
	defer patience.Stop()
	c.mu.Lock()
	var open []*channel
	for _, ch := range c.channels {
		if ch == nil || !ch.open {
			continue
		}
		open = append(open, ch)
		ch.pion.SetBufferedAmountLowThreshold(0)
		ch.pion.OnBufferedAmountLow(func() {
			select {
			case c.drained <- struct{}{}:
			default:
			}
		})
		for len(ch.waiting) > 0 {
			ch.writeFirst()
		}
	}
	c.mu.Unlock()
	for buffered(open) {
		select {
		case <-c.drained:
		case <-c.hurry:
			return
		case <-patience.C:
			return
		}
	}
}

func buffered(channels []*channel) bool {
	for _, ch := range channels {
		if ch.pion.BufferedAmount() > 0 {
			return true
		}
	}
	return false
}
