package wrtc

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall/js"
	"time"
)

// This file calls the browser's own WebRTC, which replaces pion. pion's bindings for the
// browser are not used: they start a goroutine for each event, which does not keep the
// order of messages that come as Blobs, and they give no access to certificates.

// certificateLife is how long a certificate is valid. Browsers grant no more.
const certificateLife = 365 * 24 * time.Hour

// engine makes the sessions of a transport.
type engine struct {
	constructor js.Value // RTCPeerConnection
	setup       js.Value // RTCConfiguration
	certificate func() error
	loopback    bool
	failed      time.Duration
	closed      atomic.Int32 // counts closed sessions
}

// newEngine checks with the browser that the configuration can be used.
func newEngine(cfg Config) (*engine, error) {
	e := &engine{
		constructor: js.Global().Get("RTCPeerConnection"),
		setup:       js.ValueOf(map[string]any{"iceServers": iceServers(cfg.ICEServers)}),
		loopback:    cfg.Loopback,
		failed:      cfg.FailedTimeout,
	}
	if !e.constructor.Truthy() {
		return nil, fmt.Errorf("wrtc: there is no WebRTC (RTCPeerConnection) here: use another browser, allow it in this one's settings, or run in a page and not in a worker")
	}
	if err := try(func() { e.constructor.New(e.setup).Call("close") }); err != nil {
		return nil, fmt.Errorf("wrtc: the browser does not take the ICE servers: %w", err)
	}
	e.certificate = sync.OnceValue(e.makeCertificate)
	return e, nil
}

func iceServers(servers []ICEServer) []any {
	all := []any{}
	for _, s := range servers {
		urls := []any{}
		for _, url := range s.URLs {
			urls = append(urls, url)
		}
		server := map[string]any{"urls": urls}
		if s.Username != "" || s.Credential != "" {
			server["username"], server["credential"] = s.Username, s.Credential
		}
		all = append(all, server)
	}
	return all
}

// collectEach is the number of closed sessions after which garbage is collected.
const collectEach = 64

// collect lets the browser forget closed sessions. The browser counts them among those
// that a page may have (Chromium: 500) until it collects its own garbage. It cannot
// collect objects that our garbage refers to, and our collector could wait for long,
// because there is little of it.
func (e *engine) collect() {
	if e.closed.Add(1)%collectEach == 0 {
		runtime.GC()
	}
}

// makeCertificate makes the one certificate of all sessions. Without it, the browser
// would make one for each session. It blocks.
func (e *engine) makeCertificate() error {
	var promise js.Value
	err := try(func() {
		promise = e.constructor.Call("generateCertificate", map[string]any{
			"name": "ECDSA", "namedCurve": "P-256", "expires": certificateLife.Milliseconds(),
		})
	})
	if err != nil {
		return err
	}
	certificate, err := await(promise)
	if err == nil {
		e.setup.Set("certificates", []any{certificate})
	}
	return err
}

// checkRemote is the function checkRemote with the rules of the configuration. Other
// browsers hide their addresses behind .local names, which this browser can look up.
func (e *engine) checkRemote(text string) (string, error) {
	return checkRemote(text, rules{loopback: e.loopback, local: true})
}

// try runs f and returns the error that JavaScript throws.
func try(f func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			e, ok := thrown.(js.Error)
			if !ok {
				panic(thrown)
			}
			err = e
		}
	}()
	f()
	return nil
}

// await waits until a promise settles. Only the goroutine waits, and the event loop goes
// on.
func await(promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 1)
	kept := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{value: args[0]}
		return nil
	})
	broken := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{err: js.Error{Value: args[0]}}
		return nil
	})
	defer kept.Release()
	defer broken.Release()
	promise.Call("then", kept, broken)
	o := <-settled
	return o.value, o.err
}

// listeners are the listeners of one object. Their functions run on the event loop, one
// at a time, and must not block.
type listeners struct {
	target js.Value
	all    []listener
}

type listener struct {
	event string
	js.Func
}

func (l *listeners) on(event string, f func(event js.Value)) {
	fn := js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	})
	l.all = append(l.all, listener{event, fn})
	l.target.Call("addEventListener", event, fn)
}

func (l *listeners) release() {
	for _, one := range l.all {
		l.target.Call("removeEventListener", one.event, one.Func)
		one.Release()
	}
	l.all = nil
}
