package messages

import (
	"sync"
	"sync/atomic"
)

// FrameBuffer is the buffer of one message of a data channel. The payloads of its
// envelopes lie in it, and once all of them are Done it is used again: at a high
// rate, what is allocated for every frame costs more than decoding it.
type FrameBuffer struct {
	bytes [MaxFrame]byte
	left  atomic.Int32 // envelopes that are not done
}

var buffers = sync.Pool{New: func() any { return new(FrameBuffer) }}

// NewFrameBuffer returns a buffer to read into, with whatever it held before.
func NewFrameBuffer() *FrameBuffer { return buffers.Get().(*FrameBuffer) }

// Bytes is the whole buffer.
func (f *FrameBuffer) Bytes() []byte { return f.bytes[:] }

// Decode is DecodeFrame of the first n bytes. It takes f over.
func (f *FrameBuffer) Decode(n int) ([]Envelope, error) {
	envelopes, err := DecodeFrame(f.bytes[:n])
	if err != nil {
		return nil, err
	}
	left := int32(0)
	for i := range envelopes {
		if envelopes[i].Protocol != 0 { // control messages are copies
			envelopes[i].frame = f
			left++
		}
	}
	f.left.Store(left)
	if left == 0 {
		buffers.Put(f)
	}
	return envelopes, nil
}

// Done gives the payload of an envelope that was received back. Who has decoded
// it calls Done, once, and it is not to be read again. A payload that is never
// given back is left to the garbage collector.
func (e Envelope) Done() {
	if e.frame != nil && e.frame.left.Add(-1) == 0 {
		buffers.Put(e.frame)
	}
}
