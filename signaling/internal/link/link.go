package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// Limits bounds the waits and the memory of a link.
type Limits struct {
	Frame int           // bytes in a message
	Queue int           // frames that wait to be written
	Write time.Duration // for one frame
	Close time.Duration // for the end of a link
	Ping  time.Duration // silence after which the other side is pinged; 0: never
	Pong  time.Duration // for the answer to a ping
}

// Link is one end of a WebSocket. It has one reader (the caller of Read), one
// writer with a bounded queue, and pings the other side when that is silent. The
// server and the client both have links.
type Link struct {
	limits Limits
	socket *Socket
	out    chan []byte
	// ctx is done when the link is to end. Its cause is the reason.
	ctx   context.Context
	abort context.CancelCauseFunc
	heard atomic.Uint64 // counts received frames and pings
	tasks sync.WaitGroup
}

// New returns a link without a WebSocket. Call Start next.
func New(limits Limits) *Link {
	l := &Link{limits: limits, out: make(chan []byte, limits.Queue)}
	l.ctx, l.abort = context.WithCancelCause(context.Background())
	return l
}

// Start runs the writer and the pings of the link over a WebSocket. Wait must be
// called later.
func (l *Link) Start(socket *Socket) {
	l.socket = socket
	l.tasks.Go(l.writeAll)
	if l.limits.Ping > 0 {
		l.tasks.Go(l.pingAll)
	}
}

// End ends the link. Only the first cause counts. A *Fault is sent, after the
// queued frames. It does not block.
func (l *Link) End(cause error) { l.abort(cause) }

// Cause returns the reason for which the link ended, or nil while it has not.
func (l *Link) Cause() error { return context.Cause(l.ctx) }

// Wait returns when an ended link is closed and its goroutines have ended. It
// replaces Read: it reads and drops all further messages, because the other side
// may only take our close frame after it has sent its own messages.
func (l *Link) Wait() {
	l.socket.drain()
	l.tasks.Wait()
}

// Read returns the next message. An error is the last result. It is a *Fault if the
// other side is to be told.
func (l *Link) Read() ([]byte, error) {
	frame, err := l.socket.read()
	switch {
	case err == nil:
		l.heard.Add(1)
		return frame, nil
	case errors.Is(err, errTooLong):
		return nil, &Fault{
			Code:      messages.ErrTooBig,
			Text:      fmt.Sprintf("a message has more than %d bytes", l.limits.Frame),
			Malformed: true,
		}
	case errors.Is(err, errText):
		return nil, Malformed(errText.Error())
	}
	return nil, err
}

// Cut closes the connection below the WebSocket at once. It may be called again.
func (l *Link) Cut() { l.socket.cut() }

// Ping notes a ping of the other side, which proves that it lives.
func (l *Link) Ping(context.Context, []byte) bool {
	l.heard.Add(1)
	return true
}

// Out returns the queue of frames, for senders that wait for space in it.
func (l *Link) Out() chan<- []byte { return l.out }

// Context returns a context that is done when the link is to end.
func (l *Link) Context() context.Context { return l.ctx }

// Send queues a frame. It returns false when the queue is full.
func (l *Link) Send(frame []byte) bool {
	select {
	case l.out <- frame:
		return true
	default:
		return false
	}
}

func (l *Link) writeAll() {
	for {
		select {
		case <-l.ctx.Done():
			l.farewell()
			return
		case frame := <-l.out:
			if err := l.Write(frame); err != nil {
				l.End(err)
				l.Cut()
			}
		}
	}
}

// Write writes a frame at once. If the other side does not take it in time, the
// link ends.
func (l *Link) Write(frame []byte) error {
	overdue := time.AfterFunc(l.limits.Write, func() {
		l.End(ErrSlow)
		l.Cut()
	})
	defer overdue.Stop()
	return l.socket.write(frame)
}

// farewell writes the queued frames and the fault, and closes. All of that takes at
// most limits.Close.
func (l *Link) farewell() {
	overdue := time.AfterFunc(l.limits.Close, l.Cut)
	defer overdue.Stop()
	defer l.Cut()

	code, reason := closeNormal, ""
	var f *Fault
	if errors.As(l.Cause(), &f) {
		code, reason = f.closeCode(), Clip(f.Text, maxCloseReason)
		for len(l.out) > 0 {
			if l.Write(<-l.out) != nil {
				break
			}
		}
		_ = l.Write(f.frame())
	}
	l.socket.close(code, reason)
}

// pingAll pings the other side when it is silent.
func (l *Link) pingAll() {
	ticker := time.NewTicker(l.limits.Ping)
	defer ticker.Stop()
	last := l.heard.Load()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-ticker.C:
		}
		heard := l.heard.Load()
		if heard == last && !l.answers() {
			l.End(ErrSilent)
			l.Cut()
			return
		}
		last = heard
	}
}

// answers reports whether the other side answers a ping, or sends anything else
// meanwhile: the answer may wait behind frames that are read slowly.
func (l *Link) answers() bool {
	heard := l.heard.Load()
	ctx, cancel := context.WithTimeout(context.Background(), l.limits.Pong)
	defer cancel()
	return l.socket.ping(ctx) == nil || l.heard.Load() != heard
}
