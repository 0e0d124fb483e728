package messages

import (
	"sync"
	"sync/atomic"
)

// FrameBuffer is the buffer of one message of a data channel. It holds the payloads
// of the message's envelopes, and is used again when all of them are Done. At a
// high rate, an allocation for each frame costs more than its decoding.
type FrameBuffer struct {
	bytes [MaxFrame]byte
	left  atomic.Int32 // envelopes that are not done yet
}

var buffers = sync.Pool{New: func() any { return new(FrameBuffer) }}

// NewFrameBuffer returns a buffer to read into. Its content is undefined.
func NewFrameBuffer() *FrameBuffer { return buffers.Get().(*FrameBuffer) }

// Bytes returns the whole buffer.
func (f *FrameBuffer) Bytes() []byte { return f.bytes[:] }

// Decode decodes the first n bytes, as DecodeFrame does. After that the caller must
// not use f.
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

// Done gives the payload of a received envelope back. The receiver calls it once,
// after decoding, and must not read the payload again. A payload that is never
// given back is left to the garbage collector.
func (e Envelope) Done() {
	if e.frame != nil && e.frame.left.Add(-1) == 0 {
		buffers.Put(e.frame)
	}
}
