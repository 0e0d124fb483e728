package live

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// view is a picture, with the change that leads to it from the one before.
type view struct {
	version int
	change  []byte        // nil: the page needs the picture
	nothing bool          // nothing changed
	picture func() []byte // encoded once
}

// tell queues a frame that the page can do without. It is dropped when the page does
// not keep up.
func (f *feed) tell(frame []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) >= maxQueue {
		return false
	}
	f.queue = append(f.queue, frame)
	f.signal()
	return true
}

// answer queues a frame that the page waits for.
func (f *feed) answer(frame []byte) {
	if !f.tell(frame) {
		f.abort(errSlow)
	}
}

// show sets the picture that the page should have.
func (f *feed) show(v *view) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = v
	f.signal()
}

func (f *feed) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// writeAll writes the queued frames, and at most two pictures or changes a second.
func (f *feed) writeAll() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	var shown time.Time
	for {
		select {
		case <-f.ctx.Done():
			f.farewell()
			return
		case <-f.wake:
		case <-pause.C:
		}
		f.mu.Lock()
		queue, next := f.queue, f.next
		f.queue = nil
		wait := pictureEvery - time.Since(shown)
		if wait <= 0 {
			f.next = nil
		}
		f.mu.Unlock()
		for _, frame := range queue {
			f.write(frame)
		}
		if next == nil {
			continue
		}
		if wait > 0 {
			pause.Reset(wait)
			continue
		}
		if frame := f.frameOf(next); frame != nil {
			shown = time.Now()
			f.write(frame)
		}
	}
}

// frameOf returns the frame that the page needs to get a picture, or nil if it has
// it.
func (f *feed) frameOf(v *view) []byte {
	f.mu.Lock()
	follows := f.has != 0 && f.has == v.version-1
	f.has = v.version
	f.mu.Unlock()
	switch {
	case follows && v.nothing:
		return nil
	case follows && v.change != nil:
		return v.change
	default:
		return v.picture()
	}
}

// write writes a frame. It closes a page that does not take it in time.
func (f *feed) write(frame []byte) {
	if f.ctx.Err() != nil {
		return
	}
	// This is not the library's own deadline, which would close without a reason.
	overdue := time.AfterFunc(writeTimeout, func() {
		f.abort(errSlow)
		f.cut()
	})
	defer overdue.Stop()
	if err := f.conn.Write(context.Background(), websocket.MessageText, frame); err != nil {
		f.abort(err)
		f.cut()
	}
}

// farewell closes the feed, with the reason if the server ends it. The reader ends
// too.
func (f *feed) farewell() {
	defer f.cut()
	var e ending
	if errors.As(context.Cause(f.ctx), &e) {
		closeWith(f.conn, f.cut, e)
	}
}

// closeWith closes a WebSocket with a reason. It takes closeTimeout at most, whatever
// the other side does.
func closeWith(conn *websocket.Conn, cut func(), e ending) {
	overdue := time.AfterFunc(closeTimeout, cut)
	defer overdue.Stop()
	_ = conn.Close(e.status, clip(e.reason))
}

// clip cuts a reason to what a close frame holds.
func clip(reason string) string {
	if len(reason) > maxCloseBytes {
		reason = strings.ToValidUTF8(reason[:maxCloseBytes], "")
	}
	return reason
}
