//go:build !js

package wrtc

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// dataChannel is a data channel of pion.
type dataChannel struct {
	pion  *pionChannel
	raw   detachedChannel       // set before anything reads or writes
	frame *messages.FrameBuffer // the next frame; owned by the reader
}

// channelInit returns the parameters of a class's channel, on which both ends have
// agreed.
func channelInit(class protocols.Delivery) *pionChannelInit {
	var (
		id         = 2 * uint16(class)
		ordered    = class == protocols.Ordered
		negotiated = true
		once       = uint16(0)
	)
	init := &pionChannelInit{ID: &id, Ordered: &ordered, Negotiated: &negotiated}
	if class == protocols.Lossy {
		init.MaxRetransmits = &once
	}
	return init
}

// makeChannel makes the channel of a class. It calls opened when the channel is
// open, before anything is read from it.
func (c *connection) makeChannel(class protocols.Delivery, opened func()) error {
	dc, err := c.session.pion.CreateDataChannel(class.String(), channelInit(class))
	if err != nil {
		return err
	}
	ch := &channel{conn: c, class: class, wire: dataChannel{pion: dc}}
	c.add(ch)
	dc.OnOpen(func() {
		raw, err := dc.Detach()
		if err != nil {
			c.end(fmt.Errorf("wrtc: channel %v: %w", class, err), false)
			return
		}
		dc.SetBufferedAmountLowThreshold(lowMark)
		dc.OnBufferedAmountLow(ch.wake)
		c.mu.Lock()
		ended := c.ended
		if !ended {
			ch.wire.raw, ch.open = raw, true
		}
		c.mu.Unlock()
		if ended {
			return
		}
		opened()
		c.spawned.start(ch.read)
	})
	return nil
}

// read delivers the received messages until the channel ends.
func (ch *channel) read() {
	w := &ch.wire
	w.frame = messages.NewFrameBuffer()
	for {
		n, text, err := w.raw.ReadDataChannel(w.frame.Bytes())
		switch {
		case errors.Is(err, io.ErrShortBuffer):
			ch.breach(errLarge)
			return
		case err != nil:
			ch.lost(err)
			return
		case text:
			ch.breach(errText)
			return
		}
		envelopes, err := ch.sift(w.decode(n))
		if err != nil {
			ch.breach(err)
			return
		}
		ch.deliver(envelopes)
	}
}

// decode decodes the first n bytes of the frame.
func (w *dataChannel) decode(n int) (envelopes []messages.Envelope, err error) {
	if n > messages.MaxFrame/2 {
		envelopes, err = w.frame.Decode(n)
		w.frame = messages.NewFrameBuffer()
		return envelopes, err
	}
	// A payload that may wait for long must not hold more than twice its size.
	return messages.DecodeFrame(append([]byte(nil), w.frame.Bytes()[:n]...))
}

// buffered returns how many bytes pion holds.
func (w *dataChannel) buffered() uint64 { return w.pion.BufferedAmount() }

// write copies a frame and does not block.
func (w *dataChannel) write(frame []byte) error {
	_, err := w.raw.Write(frame)
	return err
}

// settle calls news whenever the channel may have settled.
func (w *dataChannel) settle(news func()) {
	w.pion.SetBufferedAmountLowThreshold(0)
	w.pion.OnBufferedAmountLow(news)
}

// settled reports whether the other end has all that was written.
func (w *dataChannel) settled() bool { return w.buffered() == 0 }

// stop ends the reader of a channel whose session has ended. It is needed because
// pion never ends a stream that it makes just as its association ends.
func (w *dataChannel) stop() {
	if raw, ok := w.raw.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = raw.SetReadDeadline(time.Unix(1, 0))
	}
}
