package wrtc

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
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
	if err := c.connect(pionDescription{Type: sdpOffer, SDP: text}); err != nil {
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
	return c.connect(pionDescription{Type: sdpAnswer, SDP: text})
}

func (c *connection) connect(remote pionDescription) error {
	err := c.pion.SetRemoteDescription(remote)
	c.started = c.started || err == nil
	return err
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
	checked := sync.OnceFunc(func() { close(c.checked) })
	pc.SCTP().Transport().OnStateChange(func(pionDTLSState) { checked() }) // DTLS comes after ICE
	pc.OnConnectionStateChange(func(state pionConnectionState) {
		if state == stateFailed {
			checked()
		}
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
