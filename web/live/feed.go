package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

// The bounds of a feed.
const (
	maxPages      = 64
	maxFrame      = 64 << 10 // bytes from a page
	frameRate     = 10       // frames a second from a page,
	frameBurst    = 10       // so many at once
	reportRate    = 2        // reports of them,
	reportBurst   = 4
	maxQueue      = 512 // frames that wait to be written, pictures apart
	maxRequests   = 8   // commands that wait to be done
	pictureEvery  = 500 * time.Millisecond
	writeTimeout  = 10 * time.Second
	closeTimeout  = 3 * time.Second
	pingInterval  = 20 * time.Second
	pongTimeout   = 10 * time.Second
	commandTime   = 30 * time.Second
	maxCloseBytes = 123 // of a reason, by RFC 6455
)

// ending is why a feed is closed by us.
type ending struct {
	status websocket.StatusCode
	reason string
}

// Error is the reason.
func (e ending) Error() string { return e.reason }

var (
	errSlow  = ending{websocket.StatusPolicyViolation, "the page takes nothing of what it is told"}
	errEnded = ending{websocket.StatusGoingAway, "the program ends"}
)

// feed is a page that watches: one reader, one writer, one that does its commands.
type feed struct {
	room    *room
	number  uint64
	conn    *websocket.Conn
	cut     func() // closes the connection under it at once
	frames  *rate.Limiter
	reports *rate.Limiter
	ctx     context.Context
	abort   context.CancelCauseFunc

	wake     chan struct{}  // holds one when there is something to write
	requests chan func()    // commands that wait
	tasks    sync.WaitGroup // writer, pings, commands

	mu       sync.Mutex
	queue    [][]byte
	next     *view // the newest picture that is not written
	has      int   // version of the picture that the page has
	selected int   // number of a peer, 0: none; guarded by room.mu
}

// view is a picture and what leads to it from the one before.
type view struct {
	version int
	change  []byte        // nil: the page needs the picture
	nothing bool          // nothing changed
	picture func() []byte // encoded once
}

func newFeed(r *room, number uint64, conn *websocket.Conn, cut func()) *feed {
	conn.SetReadLimit(-1) // read has its own, which leaves time for a reason
	f := &feed{
		room: r, number: number, conn: conn, cut: cut,
		frames: rate.NewLimiter(frameRate, frameBurst), reports: rate.NewLimiter(reportRate, reportBurst),
		wake: make(chan struct{}, 1), requests: make(chan func(), maxRequests),
	}
	f.ctx, f.abort = context.WithCancelCause(context.Background())
	return f
}

// run serves the feed until it has ended.
func (f *feed) run() {
	f.tasks.Go(f.writeAll)
	f.tasks.Go(f.pingAll)
	f.tasks.Go(f.doAll)
	var err error
	for err == nil {
		err = f.read()
	}
	f.abort(err)
	f.tasks.Wait()
	f.room.log.Debug("live: a page ended", "page", f.number, "room", f.room.name, "cause", context.Cause(f.ctx))
}

// read takes one frame. An error ends the feed.
func (f *feed) read() error {
	kind, r, err := f.conn.Reader(context.Background())
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(r, maxFrame+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxFrame:
		return ending{websocket.StatusMessageTooBig, fmt.Sprintf("a frame has more than %d bytes", maxFrame)}
	case !f.frames.Allow():
		return ending{websocket.StatusPolicyViolation, fmt.Sprintf("the page sends more than %d frames a second", frameRate)}
	case kind != websocket.MessageText || !utf8.Valid(text):
		return ending{websocket.StatusUnsupportedData, "a frame is no text"}
	}
	return f.take(text)
}

// tell queues a frame that the page can do without: when it does not keep up, it is
// dropped.
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

// show sets the picture that the page is to have.
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

// writeAll writes what is queued, and at most two pictures or changes a second.
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

// frameOf is what the page needs to have a picture; nil if it has it.
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

// write writes a frame. A page that does not take it in time is closed.
func (f *feed) write(frame []byte) {
	if f.ctx.Err() != nil {
		return
	}
	// No deadline of the library's, which would close without a word.
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

// farewell closes the feed, with the reason if it is ours. The reader ends with it.
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

// pingAll closes the feed of a page that is gone without a word.
func (f *feed) pingAll() {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(f.ctx, pongTimeout)
		err := f.conn.Ping(ctx)
		cancel()
		if err != nil {
			f.abort(ending{websocket.StatusPolicyViolation, "the page does not answer"})
			return
		}
	}
}

// doAll does the commands, one after another.
func (f *feed) doAll() {
	for {
		select {
		case <-f.ctx.Done():
			return
		case do := <-f.requests:
			do()
		}
	}
}

// clip cuts a reason to what a close frame holds.
func clip(reason string) string {
	if len(reason) > maxCloseBytes {
		reason = strings.ToValidUTF8(reason[:maxCloseBytes], "")
	}
	return reason
}
