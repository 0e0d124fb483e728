package wrtc

import (
	"errors"
	"fmt"
	"syscall/js"

	"github.com/n2n-overlay/n2n/internal/inbox"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxInbox is how many bytes of a channel may wait for the reader.
const maxInbox = 16 << 20

var (
	errChannelClosed = errors.New("closed")
	errStopped       = errors.New("stopped")
	errFlooded       = fmt.Errorf("%d bytes wait here, the other end sends faster than they are taken: %w", maxInbox, messages.ErrFull)
)

// dataChannel is an RTCDataChannel of the browser.
type dataChannel struct {
	js        js.Value
	listeners listeners
	inbox     *inbox.Inbox
	scratch   js.Value // the bytes to write; guarded by conn.mu
}

// channelInit returns the parameters of a class's channel, on which both ends have
// agreed.
func channelInit(class protocols.Delivery) map[string]any {
	init := map[string]any{"id": 2 * int(class), "negotiated": true, "ordered": class == protocols.Ordered}
	if class == protocols.Lossy {
		init["maxRetransmits"] = 0
	}
	return init
}

// makeChannel makes the channel of a class. It calls opened when the channel is
// open, before anything is read from it.
func (c *connection) makeChannel(class protocols.Delivery, opened func()) error {
	var dc js.Value
	err := try(func() { dc = c.session.pc.Call("createDataChannel", class.String(), channelInit(class)) })
	if err != nil {
		return err
	}
	dc.Set("binaryType", "arraybuffer")
	dc.Set("bufferedAmountLowThreshold", lowMark)
	ch := &channel{conn: c, class: class}
	w := &ch.wire
	w.js, w.listeners.target = dc, dc
	w.scratch = js.Global().Get("Uint8Array").New(messages.MaxFrame)
	w.inbox = inbox.New(maxInbox, errFlooded)
	c.add(ch)
	w.listeners.on("message", func(event js.Value) { w.inbox.Put(frameOf(event.Get("data"))) })
	w.listeners.on("close", func(js.Value) { w.inbox.Put(nil, errChannelClosed) })
	w.listeners.on("bufferedamountlow", func(js.Value) { ch.wake() })
	w.listeners.on("open", func(js.Value) {
		c.spawned.start(func() {
			if ch.markOpen() {
				opened()
				ch.read()
			}
		})
	})
	return nil
}

// frameOf copies a received message, if it can be a frame.
func frameOf(data js.Value) ([]byte, error) {
	if data.Type() == js.TypeString {
		return nil, errText
	}
	size := data.Get("byteLength").Int()
	if size > messages.MaxFrame {
		return nil, errLarge
	}
	frame := make([]byte, size)
	js.CopyBytesToGo(frame, js.Global().Get("Uint8Array").New(data))
	return frame, nil
}

// markOpen lets the channel send. It returns false when the connection has ended.
func (ch *channel) markOpen() bool {
	ch.conn.mu.Lock()
	defer ch.conn.mu.Unlock()
	ch.open = !ch.conn.ended
	return ch.open
}

// read delivers the received messages until the channel ends.
func (ch *channel) read() {
	for {
		frame, err := ch.wire.inbox.Take()
		switch err {
		case nil:
		case errStopped:
			return
		case errText, errLarge:
			ch.breach(err)
			return
		case errFlooded:
			ch.conn.end(fmt.Errorf("wrtc: channel %v: %w", ch.class, err), false)
			return
		default:
			ch.lost(err)
			return
		}
		envelopes, err := ch.sift(messages.DecodeFrame(frame))
		if err != nil {
			ch.breach(err)
			return
		}
		ch.deliver(envelopes)
	}
}

// buffered returns how many bytes the browser holds.
func (w *dataChannel) buffered() uint64 { return uint64(w.js.Get("bufferedAmount").Int()) }

// write copies a frame and does not block.
func (w *dataChannel) write(frame []byte) error {
	js.CopyBytesToJS(w.scratch, frame)
	return try(func() { w.js.Call("send", w.scratch.Call("subarray", 0, len(frame))) })
}

// settle calls news when the channel has settled. A browser tells only that it has
// sent the data, but not that the data arrived. But a channel is closed only after
// the other end has everything.
func (w *dataChannel) settle(news func()) {
	w.inbox.Put(nil, errStopped)
	w.listeners.on("close", func(js.Value) { news() })
	w.js.Call("close")
}

// settled reports whether the other end has everything that was written.
func (w *dataChannel) settled() bool { return w.js.Get("readyState").String() == "closed" }

// stop ends the reader of a channel whose session has ended.
func (w *dataChannel) stop() {
	w.listeners.release()
	w.inbox.Put(nil, errStopped)
}
