package wrtc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// In these tests, both ends of a connection are in this page.

func openHere(t *testing.T) (*end, *end) {
	t.Helper()
	return open(t, newTransport(t, wrtc.Config{}), newTransport(t, wrtc.Config{}))
}

func send(t *testing.T, from *end, class protocols.Delivery, payload []byte) {
	t.Helper()
	if err := from.Send(class, envelope(payload)); err != nil {
		t.Fatalf("send of %d bytes: %v", len(payload), err)
	}
}

// closes asserts that an end got its last event with an error, and returns the
// error.
func closes(t *testing.T, e *end, want error) error {
	t.Helper()
	err := await[actors.ConnClosed](e).Err
	if !errors.Is(err, want) {
		t.Errorf("closed with %v, want %v", err, want)
	}
	all := e.all()
	for _, event := range all[:len(all)-1] {
		if _, ok := event.(actors.ConnClosed); ok {
			t.Error("it closed twice, or something came later")
		}
	}
	return err
}

func violates(t *testing.T, e *end, reason string) {
	t.Helper()
	err := await[actors.ConnViolated](e).Err
	if !errors.Is(err, messages.ErrMalformed) || !strings.Contains(err.Error(), reason) {
		t.Errorf("violated by %v, want %q", err, reason)
	}
}

func TestBothEndsKnowBothCertificates(t *testing.T) {
	a, b := openHere(t)
	x, y := find[actors.ConnOpened](a), find[actors.ConnOpened](b)
	if len(x.Local) != 32 || bytes.Equal(x.Local, x.Remote) || !bytes.Equal(x.Local, y.Remote) || !bytes.Equal(x.Remote, y.Local) {
		t.Fatalf("a has %x and %x, b %x and %x", x.Local, x.Remote, y.Local, y.Remote)
	}
	c, _ := open(t, a.transport, newTransport(t, wrtc.Config{}))
	if again := find[actors.ConnOpened](c); !bytes.Equal(again.Local, x.Local) {
		t.Error("a second connection of a has another certificate")
	}
}

func TestCertificatesAreKnownWhereTheBrowserDoesNotShowThem(t *testing.T) {
	prototype := js.Global().Get("RTCDtlsTransport").Get("prototype")
	shows := prototype.Get("getRemoteCertificates")
	defer prototype.Set("getRemoteCertificates", shows)
	prototype.Set("getRemoteCertificates", js.Undefined())
	a, b := openHere(t)
	x, y := find[actors.ConnOpened](a), find[actors.ConnOpened](b)
	if len(x.Local) != 32 || !bytes.Equal(x.Local, y.Remote) || !bytes.Equal(x.Remote, y.Local) {
		t.Fatalf("a has %x and %x, b %x and %x", x.Local, x.Remote, y.Local, y.Remote)
	}
}

func TestEverySizeUpToTheCapArrives(t *testing.T) {
	a, b := openHere(t)
	for _, n := range []int{0, 1, 1000, 16<<10 - 9, 16<<10 - 8, 16<<10 - 7, 16 << 10, 100_000, messages.MaxMessage} {
		payload := bytes.Repeat([]byte{byte(n)}, n)
		send(t, a, protocols.Ordered, payload)
		if got := b.received(1); len(got) != 1 || !bytes.Equal(got[0].Payload, payload) {
			t.Errorf("%d bytes did not arrive as they were", n)
		}
	}
	if err := a.Send(protocols.Ordered, envelope(make([]byte, messages.MaxMessage+1))); !errors.Is(err, messages.ErrTooBig) {
		t.Errorf("too much was sent: %v", err)
	}
}

func TestTheOrderIsKeptOfLargeAndSmall(t *testing.T) {
	a, b := openHere(t)
	const count = 200
	random := rand.New(rand.NewPCG(1, 2))
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < count && err == nil; i++ {
			payload := make([]byte, 4+random.IntN(40_000))
			binary.BigEndian.PutUint32(payload, uint32(i))
			if err = a.Send(protocols.Ordered, envelope(payload)); a.Congested() {
				await[actors.ConnWritable](a)
			}
		}
		done <- err
	}()
	for i, e := range b.received(count) {
		if got := binary.BigEndian.Uint32(e.Payload); got != uint32(i) {
			t.Fatalf("message %d came as number %d", got, i)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestTheOtherClassesHaveChannelsOfTheirOwn(t *testing.T) {
	a, b := openHere(t)
	if err := a.Send(protocols.Lossy, envelope(nil)); !errors.Is(err, messages.ErrClosed) {
		t.Errorf("sent on a class that is not open: %v", err)
	}
	for _, class := range []protocols.Delivery{protocols.Reliable, protocols.Lossy} {
		openClass(a, b, class)
		for _, n := range []int{10, 4096} {
			send(t, a, class, make([]byte, n))
			got := await[actors.ConnReceived](b)
			if got.Class != class || len(got.Envelopes[0].Payload) != n {
				t.Errorf("%v: got %d bytes on %v", class, len(got.Envelopes[0].Payload), got.Class)
			}
		}
		dc := wrtc.RTCDataChannel(a.Conn, class)
		if dc.Get("ordered").Bool() || class == protocols.Lossy != dc.Get("maxRetransmits").Equal(js.ValueOf(0)) {
			t.Errorf("%v: ordered %v, maxRetransmits %v", class, dc.Get("ordered"), dc.Get("maxRetransmits"))
		}
	}
	send(t, a, protocols.Reliable, make([]byte, 100_000))
	if got := b.received(1); len(got[0].Payload) != 100_000 {
		t.Error("a large reliable message did not arrive as it was")
	}
}

func TestCongestionIsToldAndBounded(t *testing.T) {
	a, b := openHere(t)
	sent := 0
	var err error
	for err == nil {
		if err = a.Send(protocols.Ordered, envelope(make([]byte, 10_000))); err == nil {
			sent++
		}
	}
	if !errors.Is(err, messages.ErrFull) || sent < 400 {
		t.Fatalf("after %d messages: %v", sent, err)
	}
	await[actors.ConnWritable](a)
	if a.Congested() {
		t.Error("writable, and still congested")
	}
	if got := b.received(sent); len(got) != sent {
		t.Errorf("%d of %d messages came", len(got), sent)
	}
}

func TestAClosedConnectionEndsAtBothEnds(t *testing.T) {
	a, b := openHere(t)
	a.Close(false)
	closes(t, a, nil)
	// The end comes at once, and not only after a time without messages.
	if err := closes(t, b, messages.ErrClosed); !strings.Contains(err.Error(), "closed at the other end") {
		t.Errorf("b closed with %v", err)
	}
	if err := a.Send(protocols.Ordered, envelope(nil)); !errors.Is(err, messages.ErrClosed) {
		t.Errorf("sent on what is closed: %v", err)
	}
	a.Close(true)
	b.Close(true)
}

func TestADisturbedConnectionIsLostUnlessItRecovers(t *testing.T) {
	const timeout = 20 * time.Millisecond
	x, y := newTransport(t, wrtc.Config{FailedTimeout: timeout}), newTransport(t, wrtc.Config{})
	becomes := func(e *end, state string) {
		pc := wrtc.RTCPeerConnection(e.Conn)
		js.Global().Get("Object").Call("defineProperty", pc, "connectionState", map[string]any{"value": state, "configurable": true})
		pc.Call("dispatchEvent", js.Global().Get("Event").New("connectionstatechange"))
	}
	a, b := open(t, x, y)
	becomes(a, "disconnected")
	becomes(a, "connected")
	<-time.After(2 * timeout) // a later timer than that of the disturbance
	send(t, a, protocols.Ordered, []byte("recovered"))
	b.received(1)
	becomes(a, "disconnected")
	if err := closes(t, a, messages.ErrClosed); !strings.Contains(err.Error(), "nothing arrives") {
		t.Errorf("closed with %v", err)
	}
}

func TestWhatWasSentArrivesBeforeAFlushedClose(t *testing.T) {
	a, b := openHere(t)
	for range 40 {
		send(t, a, protocols.Ordered, make([]byte, 30_000))
	}
	if err := a.Send(protocols.Ordered, messages.Envelope{Message: &messages.Leave{}}); err != nil {
		t.Fatal(err)
	}
	a.Close(true)
	got := b.received(41)
	if _, ok := got[40].Message.(*messages.Leave); !ok {
		t.Errorf("the last is %T", got[40].Message)
	}
	closes(t, b, messages.ErrClosed)
	closes(t, a, nil)
}

func TestATransportEndsItsConnections(t *testing.T) {
	a, b := openHere(t)
	a.transport.Close()
	closes(t, a, nil)
	closes(t, b, messages.ErrClosed)
	closes(t, connect(t, a.transport), messages.ErrClosed)
}

func TestAnAttemptCanBeClosedAtAnyMoment(t *testing.T) {
	transport := newTransport(t, wrtc.Config{})
	for range 10 {
		e := connect(t, transport)
		e.Offer()
		e.Close(true)
		closes(t, e, nil)
	}
	x, y := connect(t, transport), connect(t, newTransport(t, wrtc.Config{}))
	dial(x, y)
	x.Close(false)
	closes(t, x, nil)
}

// Chromium grants a page 500 connections. It counts closed ones until it knows that
// nothing refers to them.
func TestClosedConnectionsLeaveRoomForOthers(t *testing.T) {
	transport := newTransport(t, wrtc.Config{})
	for i := range 2000 {
		if err := transport.OpenAndClose(); err != nil {
			t.Fatalf("connection %d: %v", i+1, err)
		}
		// This makes the browser collect its garbage too.
		js.Global().Get("ArrayBuffer").New(1 << 20)
		if i%20 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestDescriptionsThatAreNoneEndTheAttempt(t *testing.T) {
	transport := newTransport(t, wrtc.Config{})
	for _, text := range []string{"", "garbage", "v=0\r\n"} {
		e := connect(t, transport)
		e.Answer(text)
		closes(t, e, messages.ErrMalformed)
		e = connect(t, transport)
		e.Offer()
		await[actors.ConnSignal](e)
		e.Accept(text)
		closes(t, e, messages.ErrMalformed)
	}
}

func TestAnotherCertificateThanThatOfTheAnswerIsRefused(t *testing.T) {
	a, b := connect(t, newTransport(t, wrtc.Config{})), connect(t, newTransport(t, wrtc.Config{}))
	a.Offer()
	b.Answer(await[actors.ConnSignal](a).SDP)
	answer := []byte(await[actors.ConnSignal](b).SDP)
	copy(answer[bytes.Index(answer, []byte("sha-256 "))+8:], "00:00:00:00:00:00")
	a.Accept(string(answer))
	closes(t, a, messages.ErrClosed)
	for _, event := range a.all() {
		if _, ok := event.(actors.ConnOpened); ok {
			t.Error("it opened")
		}
	}
}

func TestChannelsThatTheRemoteOpensAreClosedAndCounted(t *testing.T) {
	a, b := openHere(t)
	for range wrtc.MaxForeign - 1 {
		wrtc.RTCPeerConnection(a.Conn).Call("createDataChannel", "mine")
		violates(t, b, `opened a channel "mine"`)
	}
	send(t, a, protocols.Ordered, []byte("still here"))
	b.received(1)
	wrtc.RTCPeerConnection(a.Conn).Call("createDataChannel", "mine")
	violates(t, b, `opened a channel "mine"`)
	closes(t, b, messages.ErrMalformed)
}

func TestFramesThatAreNoneEndTheConnection(t *testing.T) {
	bytesOf := func(b ...byte) js.Value {
		array := js.Global().Get("Uint8Array").New(len(b))
		js.CopyBytesToJS(array, b)
		return array
	}
	for reason, frame := range map[string]any{
		"is text":               "text",
		"more than 16384 bytes": bytesOf(make([]byte, messages.MaxFrame+1)...),
		"channel":               bytesOf(0xff, 0xff, 0xff),
	} {
		a, b := openHere(t)
		send(t, a, protocols.Ordered, []byte("before"))
		wrtc.RTCDataChannel(a.Conn, protocols.Ordered).Call("send", frame)
		if got := b.received(1); string(got[0].Payload) != "before" {
			t.Errorf("%s: what came before is lost", reason)
		}
		violates(t, b, reason)
		closes(t, b, messages.ErrMalformed)
	}
}

func TestControlHasNoPlaceOnTheOtherChannels(t *testing.T) {
	a, b := openHere(t)
	openClass(a, b, protocols.Reliable)
	if err := a.Send(protocols.Reliable, messages.Envelope{Message: &messages.Leave{}}); err != nil {
		t.Fatal(err)
	}
	violates(t, b, "outside channel 0")
}

func TestAConfigurationThatCannotBeUsedIsRefused(t *testing.T) {
	for reason, cfg := range map[string]wrtc.Config{
		"Key":           {Key: make([]byte, 3)},
		"GatherTimeout": {GatherTimeout: -1},
		"FailedTimeout": {FailedTimeout: -1},
		"ICE servers":   {ICEServers: []wrtc.ICEServer{{URLs: []string{"http://x"}}}},
	} {
		if _, err := wrtc.NewWorld(cfg); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: err = %v", reason, err)
		}
	}
	constructor := js.Global().Get("RTCPeerConnection")
	defer js.Global().Set("RTCPeerConnection", constructor)
	js.Global().Set("RTCPeerConnection", js.Undefined())
	if _, err := wrtc.NewWorld(wrtc.Config{}); err == nil || !strings.Contains(err.Error(), "there is no WebRTC") {
		t.Errorf("without WebRTC: err = %v", err)
	}
}

// A handler that never runs out of messages must not keep the page from its own
// work.
func TestThePageHasItsTurnWhileTheQueueIsNeverEmpty(t *testing.T) {
	queue, stopped, ticked := wrtc.NewQueue(), make(chan struct{}), make(chan struct{})
	late := time.Now().Add(patience)
	tick := js.FuncOf(func(js.Value, []js.Value) any { close(ticked); return nil })
	defer tick.Release()
	js.Global().Call("setTimeout", tick, 1)
	turns := 0
	var again func()
	again = func() {
		turns++
		select {
		case <-ticked:
			close(stopped)
		default:
			if time.Now().After(late) { // a bound for the test
				close(stopped)
				return
			}
			queue.Schedule(again)
		}
	}
	queue.Schedule(again)
	<-stopped
	select {
	case <-ticked:
	default:
		t.Fatalf("%d turns, and the page had none in %v", turns, patience)
	}
}
