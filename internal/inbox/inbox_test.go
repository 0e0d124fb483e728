package inbox_test

import (
	"errors"
	"io"
	"testing"

	"github.com/n2n-overlay/n2n/internal/inbox"
)

func TestAFloodDoesNotFillTheInbox(t *testing.T) {
	const most, frame = 1 << 20, 16 << 10
	flooded := errors.New("flooded")
	b := inbox.New(most, flooded)
	put := 0
	for range 2 * most / frame {
		b.Put(make([]byte, frame), nil)
		put++
	}
	b.Put(nil, io.EOF)
	taken := 0
	var err error
	for err == nil {
		if _, err = b.Take(); err == nil {
			taken++
		}
	}
	if taken >= put || taken*frame > most || taken*frame < most/10*9 || !errors.Is(err, flooded) {
		t.Errorf("%d of %d frames were kept, then %v", taken, put, err)
	}
}

func TestWhatIsTakenMakesRoom(t *testing.T) {
	b := inbox.New(100, errors.New("flooded"))
	for i := range 10 {
		b.Put([]byte{byte(i)}, nil)
		if frame, err := b.Take(); err != nil || len(frame) != 1 || frame[0] != byte(i) {
			t.Fatalf("frame %d: %v, %v", i, frame, err)
		}
	}
	b.Put([]byte{1}, nil)
	b.Put(nil, io.EOF)
	b.Put([]byte{2}, nil)
	if frame, err := b.Take(); err != nil || len(frame) != 1 {
		t.Errorf("the frame before the end: %v, %v", frame, err)
	}
	for range 2 {
		if frame, err := b.Take(); !errors.Is(err, io.EOF) {
			t.Errorf("the end: %v, %v", frame, err)
		}
	}
}
