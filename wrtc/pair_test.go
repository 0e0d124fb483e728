package wrtc_test

import (
	"fmt"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// patience bounds every wait: only a spec that fails waits that long, on a machine however busy.
// Inside synctest it is virtual time.
const patience = 2 * time.Minute

// tester is the common part of a Ginkgo spec and a plain test.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// end is one end of a connection, with the events that it got.
type end struct {
	actors.Conn
	t         tester
	transport *wrtc.Transport

	mu     sync.Mutex
	events []actors.ConnEvent
	read   int // how many of the events were awaited
	news   chan struct{}
	hook   func(actors.ConnEvent) // called with each event
	apart  bool                   // hook gets the events instead of the list
}

// newTransport returns a transport that ends with the test.
func newTransport(t tester, cfg wrtc.Config) *wrtc.Transport {
	t.Helper()
	transport, err := wrtc.NewTransport(cfg, wrtc.NewQueue())
	if err != nil {
		t.Fatalf("transport: %v", err)
	}
	t.Cleanup(func() {
		transport.Close()
		transport.Wait()
	})
	return transport
}

func connect(t tester, transport *wrtc.Transport) *end {
	e := &end{t: t, transport: transport, news: make(chan struct{}, 1)}
	e.Conn = transport.Connect(messages.PeerID{1}, e.post)
	return e
}

func (e *end) post(event actors.ConnEvent) {
	e.mu.Lock()
	hook, apart := e.hook, e.apart
	if !apart {
		e.events = append(e.events, event)
	}
	e.mu.Unlock()
	if hook != nil {
		hook(event)
	}
	if apart {
		return
	}
	select {
	case e.news <- struct{}{}:
	default:
	}
}

// onEvent calls f with each event from now on.
func (e *end) onEvent(f func(actors.ConnEvent)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hook = f
}

// divert calls f with each event from now on, and keeps none.
func (e *end) divert(f func(actors.ConnEvent)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hook, e.apart = f, true
}

// find returns the first event of a type among the events so far.
func find[T actors.ConnEvent](e *end) (found T) {
	e.t.Helper()
	for _, event := range e.all() {
		if found, ok := event.(T); ok {
			return found
		}
	}
	e.t.Fatalf("no %T among %v", found, kinds(e.all()))
	return found
}

// all returns the events so far.
func (e *end) all() []actors.ConnEvent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]actors.ConnEvent(nil), e.events...)
}

// await returns the next event of a type, and skips those before it.
func await[T actors.ConnEvent](e *end) T {
	e.t.Helper()
	late := time.After(patience)
	for {
		e.mu.Lock()
		for e.read < len(e.events) {
			event := e.events[e.read]
			e.read++
			if found, ok := event.(T); ok {
				e.mu.Unlock()
				return found
			}
		}
		e.mu.Unlock()
		select {
		case <-e.news:
		case <-late:
			var want T
			e.t.Fatalf("no %T in %v; events: %v", want, patience, kinds(e.all()))
		}
	}
}

// received waits for n envelopes and returns them.
func (e *end) received(n int) []messages.Envelope {
	e.t.Helper()
	var all []messages.Envelope
	for len(all) < n {
		all = append(all, await[actors.ConnReceived](e).Envelopes...)
	}
	return all
}

// dial exchanges the signals of two ends.
func dial(a, b *end) {
	a.t.Helper()
	a.Offer()
	b.Answer(await[actors.ConnSignal](a).SDP)
	a.Accept(await[actors.ConnSignal](b).SDP)
}

// open returns the two ends of an open connection.
func open(t tester, a, b *wrtc.Transport) (*end, *end) {
	t.Helper()
	x, y := connect(t, a), connect(t, b)
	dial(x, y)
	await[actors.ConnOpened](x)
	await[actors.ConnOpened](y)
	return x, y
}

// openClass makes the channels of a class at both ends.
func openClass(a, b *end, class protocols.Delivery) {
	a.t.Helper()
	for _, e := range []*end{a, b} {
		e.OpenClass(class)
		await[actors.ConnClassOpened](e)
	}
}

func envelope(payload []byte) messages.Envelope {
	return messages.Envelope{Protocol: 7, Payload: payload}
}

// kinds lists the types of events. It counts frequent ones.
func kinds(events []actors.ConnEvent) (all []string) {
	received := 0
	for _, e := range events {
		switch e := e.(type) {
		case actors.ConnReceived:
			received += len(e.Envelopes)
		case actors.ConnClosed:
			all = append(all, fmt.Sprintf("closed: %v", e.Err))
		default:
			all = append(all, fmt.Sprintf("%T", e))
		}
	}
	return append(all, fmt.Sprintf("%d envelopes", received))
}
