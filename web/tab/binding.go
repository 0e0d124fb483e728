//go:build js

package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"syscall/js"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

// binding has the functions that a page can call.
type binding struct {
	system *actor.ActorSystem
	log    *slog.Logger

	mu     sync.Mutex
	last   int
	peers  map[int]*peer
	cancel map[int]context.CancelFunc // of the calls that wait
}

func newBinding(system *actor.ActorSystem, log *slog.Logger) *binding {
	return &binding{system: system, log: log, peers: map[int]*peer{}, cancel: map[int]context.CancelFunc{}}
}

// functions is the object that the page gets.
func (b *binding) functions() map[string]any {
	function := func(arity int, do func(args []js.Value) any) js.Func {
		return js.FuncOf(func(_ js.Value, args []js.Value) any {
			for len(args) < arity {
				args = append(args, js.Undefined())
			}
			return do(args)
		})
	}
	return map[string]any{
		"start":  function(4, func(a []js.Value) any { return b.start(a[0], a[1], a[2], a[3]) }),
		"call":   function(4, func(a []js.Value) any { return b.call(a[0], a[1].String(), a[2], a[3]) }),
		"cancel": function(1, func(a []js.Value) any { return b.end(a[0]) }),
		"act":    function(3, func(a []js.Value) any { return b.act(a[0], a[1].String(), a[2]) }),
	}
}

func (b *binding) start(options, push, closed, settle js.Value) any {
	given := fromPage(options)
	go func() {
		o, err := readOptions(given)
		if err != nil {
			settleWith(settle, nil, err)
			return
		}
		p, err := startPeer(b.system, b.log, o, func(f fields) { push.Invoke(toPage(f)) })
		if err != nil {
			settleWith(settle, nil, err)
			return
		}
		number := b.keep(p)
		settleWith(settle, fields{"peer": number, "id": p.ID().String(), "protocols": o.described()}, nil)
		<-p.Done()
		b.forget(number)
		settleWith(closed, nil, p.Err())
	}()
	return nil
}

func (b *binding) keep(p *peer) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	b.peers[b.last] = p
	return b.last
}

func (b *binding) forget(number int) {
	b.mu.Lock()
	p := b.peers[number]
	delete(b.peers, number)
	b.mu.Unlock()
	p.endAll()
}

func (b *binding) peer(number js.Value) (*peer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if number.Type() == js.TypeNumber {
		if p := b.peers[number.Int()]; p != nil {
			return p, nil
		}
	}
	return nil, &failure{messages.ErrClosed, "the peer has ended"}
}

func (b *binding) call(number js.Value, method string, args, settle js.Value) any {
	p, err := b.peer(number)
	if err != nil {
		settleWith(settle, nil, err)
		return nil
	}
	given := fromPage(args)
	ctx, cancel := context.WithCancel(context.Background())
	b.mu.Lock()
	b.last++
	this := b.last
	b.cancel[this] = cancel
	b.mu.Unlock()
	go func() {
		value, err := do(ctx, p, method, given)
		b.stop(this)
		settleWith(settle, value, err)
	}()
	return this
}

// end ends the wait of a call.
func (b *binding) end(number js.Value) any {
	if number.Type() == js.TypeNumber {
		b.stop(number.Int())
	}
	return nil
}

func (b *binding) stop(call int) {
	b.mu.Lock()
	cancel := b.cancel[call]
	delete(b.cancel, call)
	b.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// act makes a call that does not wait, and returns its error for the page, if any.
func (b *binding) act(number js.Value, method string, args js.Value) any {
	p, err := b.peer(number)
	if err == nil {
		if do := acts[method]; do != nil {
			err = do(p, arguments(method, fromPage(args)))
		} else {
			err = invalidf("there is no call %.40q", method)
		}
	}
	if err == nil {
		return nil
	}
	return map[string]any{"code": string(events.CodeOf(err)), "text": err.Error()}
}

// settleWith settles a promise of the page.
func settleWith(settle js.Value, value any, err error) {
	if err != nil {
		settle.Invoke(string(events.CodeOf(err)), fmt.Sprint(err))
		return
	}
	settle.Invoke(js.Undefined(), js.Undefined(), toPage(value))
}
