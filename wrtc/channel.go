package wrtc

import (
	"fmt"
	"sync/atomic"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// channel is the data channel of a delivery class.
type channel struct {
	conn  *connection
	class protocols.Delivery
	wire  dataChannel // the channel of the session

	// Guarded by conn.mu.
	open      bool
	congested bool
	waiting   [][]byte // frames that were not written to the session yet
	packets   int      // in the last of these frames

	woken atomic.Bool // a flush is scheduled

	parts assembler // owned by the reader
}

// add adds a channel to those of the connection.
func (c *connection) add(ch *channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channels[ch.class] = ch
}

// sift checks the envelopes of a decoded frame and joins chunks. Envelopes that do
// not belong on the channel are an error.
func (ch *channel) sift(envelopes []messages.Envelope, err error) ([]messages.Envelope, error) {
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

// deliver delivers the envelopes of a frame to the peer, and returns when the peer
// has taken them. Only the channel's reader calls it.
func (ch *channel) deliver(envelopes []messages.Envelope) {
	c := ch.conn
	if len(envelopes) > 0 && !c.muted.Load() {
		c.transport.queue.Do(func() {
			c.emit(actors.ConnReceived{Class: ch.class, Envelopes: envelopes})
		})
	}
}

// lost ends the connection because a channel has ended.
func (ch *channel) lost(cause error) {
	ch.conn.end(fmt.Errorf("wrtc: channel %v was closed at the other end (%v): %w", ch.class, cause, messages.ErrClosed), false)
}

// breach ends the connection because a remote broke the rules of a channel.
func (ch *channel) breach(err error) {
	ch.conn.violated(fmt.Errorf("channel %v: %w", ch.class, err))
}

var (
	errText  = fmt.Errorf("a frame is text: %w", messages.ErrMalformed)
	errLarge = fmt.Errorf("a frame has more than %d bytes: %w", messages.MaxFrame, messages.ErrMalformed)
)
