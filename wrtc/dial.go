package wrtc

import (
	"errors"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxForeign is how many channels a remote may try to open.
const maxForeign = 8

func (c *connection) offer() error {
	if err := c.prepare(); err != nil {
		return err
	}
	return c.publish(c.session.offer)
}

func (c *connection) answer(offer string) error {
	text, err := c.transport.engine.checkRemote(offer)
	if err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	if err := c.session.takeOffer(text); err != nil {
		return err
	}
	return c.publish(c.session.answer)
}

func (c *connection) accept(answer string) error {
	text, err := c.transport.engine.checkRemote(answer)
	if err != nil {
		return err
	}
	if c.session == nil {
		return errors.New("there is no offer")
	}
	return c.session.takeAnswer(text)
}

// publish makes our description and hands it out when all candidates are known.
// When the time is up, it hands it out with the candidates found so far.
func (c *connection) publish(describe func() error) error {
	complete := c.session.gathered()
	if err := describe(); err != nil {
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
	text, err := shorten(c.session.description())
	if err != nil {
		return err
	}
	c.emit(actors.ConnSignal{SDP: text})
	return nil
}

// prepare makes the session and channel 0.
func (c *connection) prepare() error {
	if c.session != nil {
		return nil
	}
	s, err := c.newSession()
	if err != nil {
		return err
	}
	c.session = s
	return c.makeChannel(protocols.Ordered, func() {
		local, remote, err := s.fingerprints()
		if err != nil {
			c.end(fmt.Errorf("wrtc: fingerprints: %w", err), false)
			return
		}
		c.emit(actors.ConnOpened{Local: local, Remote: remote})
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

// refused counts a channel that the remote opened. The channel was closed.
func (c *connection) refused(label string) {
	c.mu.Lock()
	c.foreign++
	many := c.foreign >= maxForeign
	c.mu.Unlock()
	err := fmt.Errorf("the remote opened a channel %.40q: %w", label, messages.ErrMalformed)
	if many {
		c.violated(err)
		return
	}
	c.emit(actors.ConnViolated{Err: err})
}
