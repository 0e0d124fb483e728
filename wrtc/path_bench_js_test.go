package wrtc_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"syscall/js"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// These benchmarks measure the whole path between a tab and a Go peer, from
// protocol to protocol. In the same run they measure a data channel between this
// page's JavaScript and plain pion, with the same settings, buffers and flow
// control:
//
//	task browser -- -run '^$' -bench Path

//go:embed testdata/bare.js
var bareSource string

// far is the other end of both paths, in a program of its own.
type far struct {
	b    *testing.B
	tab  *courier
	bare js.Value
}

func startFar(b *testing.B) *far {
	room := b.Name()
	peer := ask(b, "/far/start", "room", room)
	f := &far{b: b}
	b.Cleanup(func() {
		ask(b, "/go/kill", "peer", peer)
		if f.bare.Truthy() {
			f.bare.Call("close")
		}
	})
	n := startTab(b, room)
	f.tab = &courier{pinger: pinger{peer: id(b, peer), count: &atomic.Int64{}, done: make(chan error, 1)}}
	pid, err := n.Spawn(context.Background(), protocols.Protocol{Name: "ping", Message: &wrapperspb.BytesValue{}, New: func() protocols.Handler { return f.tab }})
	if err != nil {
		b.Fatal(err)
	}
	f.tab.self = pid
	n.mustOpen(id(b, peer))
	exchange := promised(func(args []js.Value) (any, error) {
		offer, err := json.Marshal(args[0].String())
		if err != nil {
			return nil, err
		}
		line, err := tryAsk("/far/say", "peer", peer, "line", string(offer))
		if err != nil {
			return nil, err
		}
		var answer string
		err = json.Unmarshal([]byte(line), &answer)
		return answer, err
	})
	b.Cleanup(exchange.Release)
	f.bare = js.Global().Get("Function").New("exchange", "mark", bareSource).Invoke(exchange, wrtc.HighMark)
	f.settled(f.bare.Call("open"))
	return f
}

// promised makes a JavaScript function that returns a promise of the result of f.
func promised(f func(args []js.Value) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		run := js.FuncOf(func(_ js.Value, settle []js.Value) any {
			go func() {
				if value, err := f(args); err != nil {
					settle[1].Invoke(js.Global().Get("Error").New(err.Error()))
				} else {
					settle[0].Invoke(value)
				}
			}()
			return nil
		})
		defer run.Release()
		return js.Global().Get("Promise").New(run)
	})
}

func (f *far) settled(promise js.Value) {
	f.b.Helper()
	if _, err := wrtc.Await(promise); err != nil {
		f.b.Fatal(err)
	}
}

// measure compares one kind of traffic with messages of a size.
func (f *far) measure(b *testing.B, do byte, method string, size int) {
	versus(b, func(n int) cost {
		end := costs()
		f.settled(f.bare.Call(method, n, size))
		return end()
	}, func(n int) cost {
		end := costs()
		system.Root.Send(f.tab.self, order{do, n, size})
		if err := <-f.tab.done; err != nil {
			b.Fatal(err)
		}
		return end()
	})
}

// BenchmarkPathTab measures the round trip and the throughput, from the tab (up)
// and to it (down), over one connection of each kind.
func BenchmarkPathTab(b *testing.B) {
	f := startFar(b)
	b.Run("RoundTrip", func(b *testing.B) { f.measure(b, orderEcho, "echo", 64) })
	for _, size := range []int{64, 1 << 10, 16_000} {
		b.Run(fmt.Sprintf("Up/%dB", size), func(b *testing.B) { f.measure(b, orderCount, "up", size) })
		b.Run(fmt.Sprintf("Down/%dB", size), func(b *testing.B) { f.measure(b, orderFlood, "down", size) })
	}
}
