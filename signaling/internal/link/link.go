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

// Limits bounds what a link waits for and keeps.
type Limits struct {
	Frame int           // bytes of a message
	Queue int           // frames that wait to be written
	Write time.Duration // for one frame
	Close time.Duration // for the farewell
	Ping  time.Duration // silence after which the other side is asked; 0: never
	Pong  time.Duration // for the answer
}

// Link is one end of a WebSocket: one reader (whoever calls Read), one writer
// with a bounded queue, and pings when the other side is silent. Both the
// server and the client have links.
type Link struct {
	limits Limits
	socket *Socket
	out    chan []byte
	// ctx is done once the link is to end; its cause says why.
	ctx   context.Context
	abort context.CancelCauseFunc
	heard atomic.Uint64 // frames and pings that came
	tasks sync.WaitGroup
}

// New returns a link that waits for its WebSocket: Start is next.
func New(limits Limits) *Link {
	l := &Link{limits: limits, out: make(chan []byte, limits.Queue)}
	l.ctx, l.abort = context.WithCancelCause(context.Background())
	return l
}

// Start runs the writer and the pings of the link over a WebSocket. Then Wait is
// to be called.
func (l *Link) Start(socket *Socket) {
	l.socket = socket
	l.tasks.Go(l.writeAll)
	if l.limits.Ping > 0 {
		l.tasks.Go(l.pingAll)
	}
}

// End ends the link for the first cause that is given. A *Fault is sent, after
// what is queued. It does not block.
func (l *Link) End(cause error) { l.abort(cause) }

// Cause is why the link ended, nil while it has not.
func (l *Link) Cause() error { return context.Cause(l.ctx) }

// Wait returns once an ended link is closed and its goroutines are gone. It
// takes the place of Read: what still comes is read and dropped, since the other
// side may not take our farewell before it got rid of its own.
func (l *Link) Wait() {
	l.socket.drain()
	l.tasks.Wait()
}

// Read returns the next message. An error is the last; a *Fault, if the other
// side is to be told.
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

// Cut closes the connection under the WebSocket at once. It may be called again.
func (l *Link) Cut() { l.socket.cut() }

// Ping is told of pings of the other side, which prove that it lives.
func (l *Link) Ping(context.Context, []byte) bool {
	l.heard.Add(1)
	return true
}

// Out is the queue of frames, for those that wait for room in it.
func (l *Link) Out() chan<- []byte { return l.out }

// Context is done once the link is to end.
func (l *Link) Context() context.Context { return l.ctx }

// Send queues a frame; false when the queue is full.
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

// Write writes a frame, now. A link that does not take it in time has ended.
func (l *Link) Write(frame []byte) error {
	overdue := time.AfterFunc(l.limits.Write, func() {
		l.End(ErrSlow)
		l.Cut()
	})
	defer overdue.Stop()
	return l.socket.write(frame)
}

// farewell writes what is queued and the fault, and closes. All of it is over
// after limits.Close.
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

// pingAll asks a silent side for a sign of life.
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
// meanwhile: an answer can stand behind frames that are read slowly.
func (l *Link) answers() bool {
	heard := l.heard.Load()
	ctx, cancel := context.WithTimeout(context.Background(), l.limits.Pong)
	defer cancel()
	return l.socket.ping(ctx) == nil || l.heard.Load() != heard
}
