package wrtc_test

import (
	"syscall/js"
	"testing"

	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// BenchmarkRoundTripInTab sends 64 B there and back between two ends in this page:
// over our channels, and over a bare channel on the same connection.
func BenchmarkRoundTripInTab(b *testing.B) {
	x, y := open(b, newTransport(b, wrtc.Config{}), newTransport(b, wrtc.Config{}))
	payload := make([]byte, 64)
	b.Run("wrtc", func(b *testing.B) {
		for range b.N {
			for _, way := range [][2]*end{{x, y}, {y, x}} {
				if err := way[0].Send(protocols.Ordered, envelope(payload)); err != nil {
					b.Fatal(err)
				}
				way[1].received(1)
			}
		}
	})
	back, opened := make(chan struct{}), make(chan struct{}, 2)
	near := bareChannel(x, func(js.Value) { back <- struct{}{} }, opened)
	var far js.Value
	far = bareChannel(y, func(data js.Value) { far.Call("send", data) }, opened)
	<-opened
	<-opened
	array := js.Global().Get("Uint8Array").New(len(payload))
	b.Run("bare", func(b *testing.B) {
		for range b.N {
			js.CopyBytesToJS(array, payload)
			near.Call("send", array)
			<-back
		}
	})
}

// bareChannel makes a bare channel on the connection of an end. It signals open
// when the channel is open.
func bareChannel(e *end, message func(data js.Value), open chan<- struct{}) js.Value {
	dc := wrtc.RTCPeerConnection(e.Conn).Call("createDataChannel", "bare", map[string]any{"negotiated": true, "id": 100})
	dc.Set("binaryType", "arraybuffer")
	dc.Set("onopen", js.FuncOf(func(js.Value, []js.Value) any { open <- struct{}{}; return nil }))
	dc.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		data := args[0].Get("data")
		go message(data)
		return nil
	}))
	return dc
}
