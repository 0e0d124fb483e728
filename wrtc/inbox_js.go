package wrtc

import (
	"errors"
	"fmt"
	"sync"

	"github.com/n2n-overlay/n2n/messages"
)

const (
	// maxInbox is how many bytes of a channel may wait for their turn.
	maxInbox = 16 << 20
	// frameCost is what a frame counts for, beside its bytes.
	frameCost = 64
)

var (
	errChannelClosed = errors.New("closed")
	errStopped       = errors.New("stopped")
	errFlooded       = fmt.Errorf("%d bytes wait here, the other end sends faster than they are taken: %w", maxInbox, messages.ErrFull)
)

// inbox holds what the event loop has brought until the reader of the channel
// takes it. A browser does not hold a remote back, so it is bounded: past that the
// connection ends.
type inbox struct {
	mu     sync.Mutex
	frames [][]byte
	bytes  int
	err    error // comes after the frames; nothing is put after it
	news   chan struct{}
}

func (b *inbox) init() { b.news = make(chan struct{}, 1) }

// put appends a frame, or what ends the channel. It does not block.
func (b *inbox) put(frame []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return
	}
	if err == nil && b.bytes+len(frame)+frameCost > maxInbox {
		err = errFlooded
	}
	if err != nil {
		b.err = err
	} else {
		b.frames = append(b.frames, frame)
		b.bytes += len(frame) + frameCost
	}
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// stop ends the inbox after what it holds.
func (b *inbox) stop() { b.put(nil, errStopped) }

// take waits for the next frame. After the error nothing comes.
func (b *inbox) take() ([]byte, error) {
	for {
		b.mu.Lock()
		if len(b.frames) > 0 {
			frame := b.frames[0]
			b.frames[0], b.frames = nil, b.frames[1:]
			b.bytes -= len(frame) + frameCost
			b.mu.Unlock()
			return frame, nil
		}
		err := b.err
		b.mu.Unlock()
		if err != nil {
			return nil, err
		}
		<-b.news
	}
}
