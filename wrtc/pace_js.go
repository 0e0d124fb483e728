package wrtc

import (
	"sync"
	"syscall/js"
	"time"
)

const (
	// slice is how long turns are taken before the page has its own: about half of
	// what it has for a frame at 60 Hz.
	slice = 8 * time.Millisecond
	// fewTurns are taken without a look at the clock.
	fewTurns = 16
)

// pace lets the page run between turns: its one thread returns to the event loop
// only when all goroutines wait.
type pace struct {
	since time.Time
	turns int
}

func newPace() *pace { return &pace{since: time.Now()} }

func (p *pace) breathe() {
	if p.turns++; p.turns%fewTurns != 0 || time.Since(p.since) < slice {
		return
	}
	eventLoop().pass()
	p.since = time.Now()
}

// eventLoop hands out turns of the event loop, by messages to itself: timers would
// take 4 ms each, and up to a minute in a hidden tab.
var eventLoop = sync.OnceValue(func() *loop {
	channel := js.Global().Get("MessageChannel").New()
	l := &loop{post: channel.Get("port2")}
	channel.Get("port1").Set("onmessage", js.FuncOf(func(js.Value, []js.Value) any {
		l.turn()
		return nil
	}))
	return l
})

type loop struct {
	post js.Value // a MessagePort

	mu      sync.Mutex
	waiting []chan struct{}
}

// pass returns after what stands in the event loop has run.
func (l *loop) pass() {
	done := make(chan struct{})
	l.mu.Lock()
	l.waiting = append(l.waiting, done)
	l.mu.Unlock()
	l.post.Call("postMessage", js.Null())
	<-done
}

func (l *loop) turn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.waiting[0])
	l.waiting = l.waiting[1:]
}
