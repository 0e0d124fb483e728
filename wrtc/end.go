package wrtc

import (
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// flushTimeout is how long Close waits until everything is sent.
	flushTimeout = time.Second
	// closeTimeout is how long a session may take to close before the end is
	// reported.
	closeTimeout = 3 * time.Second
)

// end begins the end of the connection. Only the first cause counts. It never
// blocks.
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

// violated reports a violation that no correct peer commits, and closes the
// connection.
func (c *connection) violated(err error) {
	c.emit(actors.ConnViolated{Err: err})
	c.end(err, false)
}

// shutdown is the last command. Messages that arrived before the end are still
// delivered. A connection that never opened reports its end at once, and its
// session is closed afterwards.
func (c *connection) shutdown() {
	c.flush()
	if !c.opened() {
		c.last()
	}
	if c.session != nil {
		c.closeSession()
	}
	c.spawned.wait()
	c.last()
	c.transport.forget(c)
}

// closeSession waits until the session has ended. If that takes long, it reports
// the end before, so that the report does not depend on pion.
func (c *connection) closeSession() {
	late := time.AfterFunc(closeTimeout, c.last)
	c.session.close()
	late.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.channels {
		if ch != nil {
			ch.wire.stop()
		}
	}
}

// last emits the last event, once.
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

// flush waits until the other end has everything that was sent. It runs after the
// end has begun, on the goroutine of commands, without c.mu.
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
		for len(ch.waiting) > 0 {
			ch.writeFirst()
		}
		ch.wire.settle(func() {
			select {
			case c.drained <- struct{}{}:
			default:
			}
		})
	}
	c.mu.Unlock()
	for unsettled(open) {
		select {
		case <-c.drained:
		case <-c.hurry:
			return
		case <-patience.C:
			return
		}
	}
}

func unsettled(channels []*channel) bool {
	for _, ch := range channels {
		if !ch.wire.settled() {
			return true
		}
	}
	return false
}
