package wrtc

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// channel is the data channel of a delivery class.
type channel struct {
	conn  *connection
	class protocols.Delivery
	pion  *pionChannel
	raw   detachedChannel // set before anything reads or writes

	// Guarded by conn.mu.
	open      bool
	congested bool
	waiting   [][]byte // frames that pion does not have yet
	packets   int      // in the last of them

	woken atomic.Bool // a flush is on its way

	// Belong to the reader.
	frame *messages.FrameBuffer // the next one
	parts assembler
}

// channelInit is what both ends have agreed on for the channel of a class.
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

// makeChannel makes the channel of a class; opened is called when it is open,
// before anything is read from it.
func (c *connection) makeChannel(class protocols.Delivery, opened func()) error {
	dc, err := c.pion.CreateDataChannel(class.String(), channelInit(class))
	if err != nil {
		return err
	}
	ch := &channel{conn: c, class: class, pion: dc}
	c.mu.Lock()
	c.channels[class] = ch
	c.mu.Unlock()
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
			ch.raw, ch.open = raw, true
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

// read delivers what arrives until the channel ends.
func (ch *channel) read() {
	c := ch.conn
	ch.frame = messages.NewFrameBuffer()
	for {
		n, text, err := ch.raw.ReadDataChannel(ch.frame.Bytes())
		if errors.Is(err, io.ErrShortBuffer) {
			c.violated(fmt.Errorf("channel %v: a frame has more than %d bytes: %w", ch.class, messages.MaxFrame, messages.ErrMalformed))
			return
		}
		if err != nil {
			c.end(fmt.Errorf("wrtc: channel %v was closed at the other end (%v): %w", ch.class, err, messages.ErrClosed), false)
			return
		}
		envelopes, err := ch.decode(n, text)
		if err != nil {
			c.violated(fmt.Errorf("channel %v: %w", ch.class, err))
			return
		}
		if len(envelopes) > 0 && !c.muted.Load() {
			c.transport.queue.Do(func() {
				c.emit(actors.ConnReceived{Class: ch.class, Envelopes: envelopes})
			})
		}
	}
}

// decode takes the first n bytes of ch.frame.
func (ch *channel) decode(n int, text bool) ([]messages.Envelope, error) {
	if text {
		return nil, fmt.Errorf("a frame is text: %w", messages.ErrMalformed)
	}
	var envelopes []messages.Envelope
	var err error
	if n > messages.MaxFrame/2 {
		envelopes, err = ch.frame.Decode(n)
		ch.frame = messages.NewFrameBuffer()
	} else { // what may wait long is not to keep more than twice its size
		envelopes, err = messages.DecodeFrame(append([]byte(nil), ch.frame.Bytes()[:n]...))
	}
	if err != nil {
		return nil, err
	}
	if ch.class == protocols.Ordered {
		return ch.parts.take(envelopes)
	}
	for _, e := range envelopes {
		if e.Protocol == 0 {
			return nil, fmt.Errorf("a control message outside channel 0: %w", messages.ErrMalformed)
		}
	}
	return envelopes, nil
}
