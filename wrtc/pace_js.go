package wrtc

import (
	"sync"
	"syscall/js"
	"time"
)

const (
	// slice is how long turns run before the page gets its turn: about half the
	// time of a frame at 60 Hz.
	slice = 8 * time.Millisecond
	// fewTurns is how many turns run between two looks at the clock.
	fewTurns = 16
)

// pace lets the page run between turns. Its only thread returns to the event loop
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

// eventLoop gives turns of the event loop, by messages to itself. Timers would take
// 4 ms each, and up to a minute in a hidden tab.
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

// pass returns after the events that are queued in the event loop have run.
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
