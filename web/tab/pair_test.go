//go:build js

package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

// patience bounds each wait of a test.
const patience = 20 * time.Second

var quiet = slog.New(slog.DiscardHandler)

var system = sync.OnceValue(func() *actor.ActorSystem {
	return actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return quiet }))
})

// tester is a peer of this tab whose events are kept.
type tester struct {
	*testing.T
	*peer
	events chan fields
}

// given are the options of a peer with a fresh identity.
func given(more fields) fields {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed)
	o := fields{"identity": seed}
	for name, value := range more {
		o[name] = value
	}
	return o
}

func newTester(t *testing.T, more fields) *tester {
	t.Helper()
	o, err := readOptions(given(more))
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan fields, 4096)
	p, err := startPeer(system(), quiet, o, func(f fields) { events <- f })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Crash()
		<-p.Done()
	})
	return &tester{t, p, events}
}

// try makes a call.
func (x *tester) try(method string, args fields) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return do(ctx, x.peer, method, args)
}

// do makes a call that must succeed.
func (x *tester) do(method string, args fields) any {
	x.Helper()
	value, err := x.try(method, args)
	if err != nil {
		x.Fatalf("%s %v: %v", method, args, err)
	}
	return value
}

// act makes a call that does not wait.
func (x *tester) act(method string, args fields) {
	x.Helper()
	if err := acts[method](x.peer, arguments(method, args)); err != nil {
		x.Fatalf("%s %v: %v", method, args, err)
	}
}

// next waits for the next event of a type.
func (x *tester) next(kind string) fields {
	x.Helper()
	late := time.After(patience)
	for {
		select {
		case f := <-x.events:
			if f["type"] == kind {
				return f
			}
		case <-late:
			x.Fatalf("no event %s", kind)
		}
	}
}

// refused checks the code of an error.
func refused(t *testing.T, what string, err error, code messages.Code) {
	t.Helper()
	if err == nil || events.CodeOf(err) != code {
		t.Errorf("%s: got %v, want code %q", what, err, string(code))
	}
}

// pair starts two peers of this tab with an arc of each protocol between them.
func pair(t *testing.T, protocols ...any) (a, b *tester) {
	t.Helper()
	options := fields{
		"signaling": []any{"ws://" + os.Getenv("N2N_HOST") + "/signal"}, "loopback": true,
		"protocols": append(protocols, fields{"use": "messages", "name": "arcs"}),
	}
	a, b = newTester(t, options), newTester(t, options)
	a.do("join", fields{"room": t.Name()})
	b.do("join", fields{"room": t.Name()})
	a.do("open", fields{"protocol": "arcs", "peer": name(b.ID())})
	b.next("arc_opened")
	return a, b
}
