package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"
	"time"

	"github.com/n2n-overlay/n2n/internal/inbox"
)

const (
	// maxInbox is how many bytes of a server may wait to be read. A browser does not
	// slow a server down, so the link ends past that.
	maxInbox = 4 << 20
	// maxUnsent is how many bytes the browser may hold before write waits.
	maxUnsent = 256 << 10
	// unsentWait is the time after which write checks again. The browser has no
	// event for this.
	unsentWait = 50 * time.Millisecond
)

var errFlooded = fmt.Errorf("%d bytes of the server wait here, it sends faster than they are taken", maxInbox)

// Socket is the browser's WebSocket, called directly. A library for it would bring
// all of net/http into the page.
type Socket struct {
	js     js.Value
	most   int // bytes of a message
	inbox  *inbox.Inbox
	opened chan struct{}

	mu     sync.Mutex         // guards events
	events map[string]js.Func // nil: cut, or closed
	closed chan struct{}      // closed when the WebSocket is closed
}

// newSocket begins to dial. opened or closed tells the result.
func newSocket(url string, most int) (s *Socket, err error) {
	constructor := js.Global().Get("WebSocket")
	if !constructor.Truthy() {
		return nil, errors.New("there is no WebSocket here")
	}
	defer func() {
		if thrown := recover(); thrown != nil {
			e, ok := thrown.(js.Error)
			if !ok {
				panic(thrown)
			}
			s, err = nil, e
		}
	}()
	s = &Socket{
		js: constructor.New(url), most: most, inbox: inbox.New(maxInbox, errFlooded), opened: make(chan struct{}),
		events: map[string]js.Func{}, closed: make(chan struct{}),
	}
	s.js.Set("binaryType", "arraybuffer")
	s.on("open", func(js.Value) { close(s.opened) })
	s.on("message", func(event js.Value) { s.inbox.Put(s.frameOf(event.Get("data"))) })
	s.on("close", func(event js.Value) {
		s.inbox.Put(nil, fmt.Errorf("the WebSocket was closed with code %d (%.200q)", event.Get("code").Int(), event.Get("reason").String()))
		s.end()
	})
	return s, nil
}

// Dial connects to a server whose messages have at most so many bytes. A browser
// does not tell why it fails.
func Dial(ctx context.Context, url string, most int) (*Socket, error) {
	s, err := newSocket(url, most)
	if err == nil {
		select {
		case <-s.opened:
			return s, nil
		case <-s.closed:
			_, err = s.read()
		case <-ctx.Done():
			s.cut()
			err = ctx.Err()
		}
	}
	return nil, fmt.Errorf("signaling: cannot dial %s: is the URL right, the server up, and does it take pages of this origin? %w", Shown(url), err)
}

// on adds a listener to an event. The function runs on the event loop and must not
// block.
func (s *Socket) on(event string, f func(event js.Value)) {
	s.events[event] = js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	})
	s.js.Call("addEventListener", event, s.events[event])
}

// frameOf copies a message, if it can be a frame.
func (s *Socket) frameOf(data js.Value) ([]byte, error) {
	if data.Type() == js.TypeString {
		return nil, errText
	}
	size := data.Get("byteLength").Int()
	if size > s.most {
		return nil, errTooLong
	}
	frame := make([]byte, size)
	js.CopyBytesToGo(frame, js.Global().Get("Uint8Array").New(data))
	return frame, nil
}

// read returns the next message. An error is the last; errTooLong and errText are
// of a message, the others of the connection.
func (s *Socket) read() ([]byte, error) { return s.inbox.Take() }

// drain waits until the WebSocket is closed.
func (s *Socket) drain() { <-s.closed }

// write gives a frame to the browser, when that holds few enough bytes.
func (s *Socket) write(frame []byte) error {
	for s.js.Get("bufferedAmount").Int() > maxUnsent {
		select {
		case <-s.closed:
		case <-time.After(unsentWait):
			continue
		}
		break
	}
	if s.js.Get("readyState").Int() != s.js.Get("OPEN").Int() {
		return errors.New("the WebSocket is closed")
	}
	array := js.Global().Get("Uint8Array").New(len(frame))
	js.CopyBytesToJS(array, frame)
	s.js.Call("send", array)
	return nil
}

// ping does nothing, because a page cannot ping.
func (s *Socket) ping(context.Context) error { return nil }

// close sends a close frame and waits for that of the other side. A page can send
// none of the other codes of a link.
func (s *Socket) close(_ closeCode, reason string) {
	s.js.Call("close", int(closeNormal), reason)
	<-s.closed
}

// cut ends the reading at once and leaves the close to the browser, even during a
// read, a write or a close. It may be called again.
func (s *Socket) cut() {
	s.inbox.Put(nil, ErrSilent)
	s.end()
	s.js.Call("close")
}

// end removes all listeners.
func (s *Socket) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.events == nil {
		return
	}
	for event, f := range s.events {
		s.js.Call("removeEventListener", event, f)
		f.Release()
	}
	s.events = nil
	close(s.closed)
}
