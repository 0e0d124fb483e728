package signaling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

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
	conn   *websocket.Conn
	// cut closes the connection under the WebSocket at once, whoever reads,
	// writes or closes. It may be called again.
	cut func()
	out chan []byte
	// ctx is done once the link is to end; its cause says why.
	ctx   context.Context
	abort context.CancelCauseFunc
	heard atomic.Uint64 // frames and pings that came
	rest  io.Reader     // of a message that was not read to its end
	tasks sync.WaitGroup
}

func newLink(limits linkLimits) *link {
	l := &link{limits: limits, out: make(chan []byte, limits.queue), rest: strings.NewReader("")}
	l.ctx, l.abort = context.WithCancelCause(context.Background())
	return l
}

// start runs the writer and the pings of the link over a connection. Then wait
// is to be called.
func (l *link) start(conn *websocket.Conn, cut func()) {
	l.conn, l.cut = conn, cut
	conn.SetReadLimit(-1) // read has its own, which leaves time for a Fault
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
	for r, err := l.rest, error(nil); err == nil; _, r, err = l.conn.Reader(context.Background()) {
		_, _ = io.Copy(io.Discard, r)
	}
	l.tasks.Wait()
}

// read returns the next message. An error is the last; a *fault, if the other
// side is to be told.
func (l *link) read() ([]byte, error) {
	// No deadline here: the library would close the link without a Fault. end
	// and cut unblock this.
	kind, r, err := l.conn.Reader(context.Background())
	if err != nil {
		return nil, classify(err)
	}
	frame, err := io.ReadAll(io.LimitReader(r, int64(l.limits.frame)+1))
	switch {
	case err != nil:
		return nil, classify(err)
	case len(frame) > l.limits.frame:
		l.rest = r
		return nil, &fault{
			code:      messages.ErrTooBig,
			text:      fmt.Sprintf("a message has more than %d bytes", l.limits.frame),
			malformed: true,
		}
	case kind != websocket.MessageBinary:
		return nil, malformed("a message is text, not binary")
	}
	l.heard.Add(1)
	return frame, nil
}

// classify tells apart what the library says when a read fails.
func classify(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, net.ErrClosed) && runtime.GOOS != "js":
		// Closed at this end. If that was not end, it was the library, because a
		// ping or pong could not be written. A browser says so of any close.
		return errSilent
	case websocket.CloseStatus(err) != -1, errors.As(err, &op),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return err
	}
	// Neither a close nor the end of the connection.
	return fmt.Errorf("%w: %w", errProtocol, err)
}

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
	// No deadline of the library's here, with which the reader can come first to
	// tell why the link ended.
	overdue := time.AfterFunc(l.limits.write, func() {
		l.end(errSlow)
		l.cut()
	})
	defer overdue.Stop()
	return l.conn.Write(context.Background(), websocket.MessageBinary, frame)
}

// farewell writes what is queued and the fault, and closes. All of it is over
// after limits.close.
func (l *link) farewell() {
	overdue := time.AfterFunc(l.limits.close, l.cut)
	defer overdue.Stop()
	defer l.cut()

	status, reason := websocket.StatusNormalClosure, ""
	var f *fault
	if errors.As(l.cause(), &f) {
		status, reason = f.status(), clip(f.text, maxCloseReason)
		for len(l.out) > 0 {
			if l.write(<-l.out) != nil {
				break
			}
		}
		_ = l.write(f.frame())
	}
	_ = l.conn.Close(status, reason)
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
	return l.conn.Ping(ctx) == nil || l.heard.Load() != heard
}
