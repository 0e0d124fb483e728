package signaling

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// linkLimits bounds what a link waits for and keeps.
type linkLimits struct {
	frame int           // bytes of a message
	queue int           // frames that wait to be written
	write time.Duration // for one frame
	close time.Duration // for the farewell
	ping  time.Duration // silence after which the other side is asked; 0: never
	pong  time.Duration // for the answer
}

// link is one end of a WebSocket: one reader (whoever calls read), one writer
// with a bounded queue, and pings when the other side is silent. Both the
// server and the client have links.
type link struct {
	limits linkLimits
	socket *socket
	out    chan []byte
	// ctx is done once the link is to end; its cause says why.
	ctx   context.Context
	abort context.CancelCauseFunc
	heard atomic.Uint64 // frames and pings that came
	tasks sync.WaitGroup
}

func newLink(limits linkLimits) *link {
	l := &link{limits: limits, out: make(chan []byte, limits.queue)}
	l.ctx, l.abort = context.WithCancelCause(context.Background())
	return l
}

// start runs the writer and the pings of the link over a WebSocket. Then wait is
// to be called.
func (l *link) start(socket *socket) {
	l.socket = socket
	l.tasks.Go(l.writeAll)
	if l.limits.ping > 0 {
		l.tasks.Go(l.pingAll)
	}
}

// end ends the link for the first cause that is given. A *fault is sent, after
// what is queued. It does not block.
func (l *link) end(cause error) { l.abort(cause) }

// cause is why the link ended, nil while it has not.
func (l *link) cause() error { return context.Cause(l.ctx) }

// wait returns once an ended link is closed and its goroutines are gone. It
// takes the place of read: what still comes is read and dropped, since the other
// side may not take our farewell before it got rid of its own.
func (l *link) wait() {
	l.socket.drain()
	l.tasks.Wait()
}

// read returns the next message. An error is the last; a *fault, if the other
// side is to be told.
func (l *link) read() ([]byte, error) {
	frame, err := l.socket.read()
	switch {
	case err == nil:
		l.heard.Add(1)
		return frame, nil
	case errors.Is(err, errTooLong):
		return nil, &fault{
			code:      messages.ErrTooBig,
			text:      fmt.Sprintf("a message has more than %d bytes", l.limits.frame),
			malformed: true,
		}
	case errors.Is(err, errText):
		return nil, malformed(errText.Error())
	}
	return nil, err
}

// cut closes the connection under the WebSocket at once. It may be called again.
func (l *link) cut() { l.socket.cut() }

// ping is told of pings of the other side, which prove that it lives.
func (l *link) ping(context.Context, []byte) bool {
	l.heard.Add(1)
	return true
}

// send queues a frame; false when the queue is full.
func (l *link) send(frame []byte) bool {
	select {
	case l.out <- frame:
		return true
	default:
		return false
	}
}

func (l *link) writeAll() {
	for {
		select {
		case <-l.ctx.Done():
			l.farewell()
			return
		case frame := <-l.out:
			if err := l.write(frame); err != nil {
				l.end(err)
				l.cut()
			}
		}
	}
}

// write writes a frame, now. A link that does not take it in time has ended.
func (l *link) write(frame []byte) error {
	overdue := time.AfterFunc(l.limits.write, func() {
		l.end(errSlow)
		l.cut()
	})
	defer overdue.Stop()
	return l.socket.write(frame)
}

// farewell writes what is queued and the fault, and closes. All of it is over
// after limits.close.
func (l *link) farewell() {
	overdue := time.AfterFunc(l.limits.close, l.cut)
	defer overdue.Stop()
	defer l.cut()

	code, reason := closeNormal, ""
	var f *fault
	if errors.As(l.cause(), &f) {
		code, reason = f.closeCode(), clip(f.text, maxCloseReason)
		for len(l.out) > 0 {
			if l.write(<-l.out) != nil {
				break
			}
		}
		_ = l.write(f.frame())
	}
	l.socket.close(code, reason)
}

// pingAll asks a silent side for a sign of life.
func (l *link) pingAll() {
	ticker := time.NewTicker(l.limits.ping)
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
			l.end(errSilent)
			l.cut()
			return
		}
		last = heard
	}
}

// answers reports whether the other side answers a ping, or sends anything else
// meanwhile: an answer can stand behind frames that are read slowly.
func (l *link) answers() bool {
	heard := l.heard.Load()
	ctx, cancel := context.WithTimeout(context.Background(), l.limits.pong)
	defer cancel()
	return l.socket.ping(ctx) == nil || l.heard.Load() != heard
}
