package messages

import (
	"bytes"
	"errors"
	"testing"
)

func TestFrameBufferIsHeldUntilAllEnvelopesAreDone(t *testing.T) {
	f := NewFrameBuffer()
	n := copy(f.Bytes(), frameOf(t,
		Envelope{Protocol: 1, Payload: []byte("one")}, Envelope{Message: &Leave{}}, Envelope{Protocol: 2, Payload: []byte("two")}))
	envelopes, err := f.Decode(n)
	if err != nil || len(envelopes) != 3 {
		t.Fatalf("%v, %v", envelopes, err)
	}
	for i, left := range []int32{1, 1, 0} { // a control message does not count
		if i == 2 && !bytes.Equal(envelopes[i].Payload, []byte("two")) {
			t.Errorf("the payload is %q", envelopes[i].Payload)
		}
		envelopes[i].Done()
		if got := f.left.Load(); got != left {
			t.Errorf("after %d envelopes %d are not done, want %d", i+1, got, left)
		}
	}
}

func TestFrameBufferDecodesWhatDecodeFrameDoes(t *testing.T) {
	f := NewFrameBuffer()
	n := copy(f.Bytes(), frameOf(t, Envelope{Protocol: 1, Payload: fill(100)}))
	if _, err := f.Decode(n - 1); !errors.Is(err, ErrMalformed) {
		t.Errorf("a frame that was cut off: %v", err)
	}
	if envelopes, err := f.Decode(n); err != nil || !equal(envelopes[0], Envelope{Protocol: 1, Payload: fill(100)}) {
		t.Errorf("%v, %v", envelopes, err)
	}
}

func TestDoneOfAnEnvelopeWithoutBuffer(t *testing.T) {
	envelopes, err := DecodeFrame(frameOf(t, Envelope{Protocol: 1, Payload: fill(3)}))
	if err != nil {
		t.Fatal(err)
	}
	envelopes[0].Done()
	Envelope{Message: &Leave{}}.Done()
}
