package live

import (
	"context"
	"fmt"
	"io"
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
	maxQueue      = 512 // frames that wait to be written, without pictures
	maxRequests   = 8   // commands that wait
	pictureEvery  = 500 * time.Millisecond
	writeTimeout  = 10 * time.Second
	closeTimeout  = 3 * time.Second
	pingInterval  = 20 * time.Second
	pongTimeout   = 10 * time.Second
	commandTime   = 30 * time.Second
	maxCloseBytes = 123 // of a reason, by RFC 6455
)

// ending is the reason for which the server closes a feed.
type ending struct {
	status websocket.StatusCode
	reason string
}

// Error returns the reason.
func (e ending) Error() string { return e.reason }

var (
	errSlow  = ending{websocket.StatusPolicyViolation, "the page takes nothing of what it is told"}
	errEnded = ending{websocket.StatusGoingAway, "the program ends"}
)

// feed serves a page that watches. It has a reader, a writer, and a goroutine that
// executes commands.
type feed struct {
	room    *room
	number  uint64
	conn    *websocket.Conn
	cut     func() // closes the underlying connection at once
	frames  *rate.Limiter
	reports *rate.Limiter
	ctx     context.Context
	abort   context.CancelCauseFunc

	wake     chan struct{}  // holds one element when there is something to write
	requests chan func()    // commands that wait
	tasks    sync.WaitGroup // writer, pings, commands

	mu       sync.Mutex
	queue    [][]byte
	next     *view // the newest picture that is not written yet
	has      int   // the version of the picture that the page has
	selected int   // the number of the selected peer, 0: none; guarded by room.mu
}

func newFeed(r *room, number uint64, conn *websocket.Conn, cut func()) *feed {
	conn.SetReadLimit(-1) // read has a limit of its own, which leaves time for a reason
	f := &feed{
		room: r, number: number, conn: conn, cut: cut,
		frames: rate.NewLimiter(frameRate, frameBurst), reports: rate.NewLimiter(reportRate, reportBurst),
		wake: make(chan struct{}, 1), requests: make(chan func(), maxRequests),
	}
	f.ctx, f.abort = context.WithCancelCause(context.Background())
	return f
}

// run serves the feed until it ends.
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

// pingAll closes the feed of a page that is gone without notice.
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

// doAll executes the commands, one after another.
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
