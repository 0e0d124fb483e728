// Package inbox is the bounded queue of the frames that a browser hands to a tab.
package inbox

import "sync"

// frameCost is added to the size of each frame, in bytes.
const frameCost = 64

// Inbox holds frames from the event loop until they are taken. A browser does not
// slow the other end down, so the inbox is bounded. Past the bound it ends.
type Inbox struct {
	most    int
	flooded error
	news    chan struct{}

	mu     sync.Mutex
	frames [][]byte
	bytes  int
	err    error // comes after the frames; nothing follows it
}

// New returns an empty inbox. It ends with flooded when more than most bytes wait.
func New(most int, flooded error) *Inbox {
	return &Inbox{most: most, flooded: flooded, news: make(chan struct{}, 1)}
}

// Put appends a frame, or the error that ends the inbox. It does not block.
func (b *Inbox) Put(frame []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return
	}
	if err == nil && b.bytes+len(frame)+frameCost > b.most {
		err = b.flooded
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

// Take waits for the next frame. Nothing follows the error. Only one goroutine may
// call it.
func (b *Inbox) Take() ([]byte, error) {
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
