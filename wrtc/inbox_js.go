package wrtc

import (
	"errors"
	"fmt"
	"sync"

	"github.com/n2n-overlay/n2n/messages"
)

const (
	// maxInbox is how many bytes of a channel may wait for the reader.
	maxInbox = 16 << 20
	// frameCost is how many bytes a frame counts for in addition to its size.
	frameCost = 64
)

var (
	errChannelClosed = errors.New("closed")
	errStopped       = errors.New("stopped")
	errFlooded       = fmt.Errorf("%d bytes wait here, the other end sends faster than they are taken: %w", maxInbox, messages.ErrFull)
)

// inbox holds the messages from the event loop until the reader of the channel
// takes them. A browser does not slow a remote down, so the inbox is bounded. Past
// the bound the connection ends.
type inbox struct {
	mu     sync.Mutex
	frames [][]byte
	bytes  int
	err    error // comes after the frames; nothing follows it
	news   chan struct{}
}

func (b *inbox) init() { b.news = make(chan struct{}, 1) }

// put appends a frame, or the error that ends the channel. It does not block.
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

// stop ends the inbox after the messages that it holds.
func (b *inbox) stop() { b.put(nil, errStopped) }

// take waits for the next frame. Nothing follows the error.
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
