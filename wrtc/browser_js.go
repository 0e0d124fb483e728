package wrtc

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall/js"
	"time"
)

// What pion does elsewhere, the browser's own WebRTC does here, called directly:
// pion's bindings start a goroutine for each event, which does not keep the order
// of messages that come as Blobs, and give no access to certificates.

// certificateLife is for how long a certificate is made, the longest that browsers grant.
const certificateLife = 365 * 24 * time.Hour

// engine makes the sessions of a transport.
type engine struct {
	constructor js.Value // RTCPeerConnection
	setup       js.Value // RTCConfiguration
	certificate func() error
	loopback    bool
	failed      time.Duration
	closed      atomic.Int32 // sessions that were closed
}

// newEngine asks the browser whether it can do with the configuration.
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

// collectEach is after how many closed sessions garbage is collected.
const collectEach = 64

// collect lets the browser forget sessions that were closed: it counts them among
// those that a page may have (Chromium: 500) until its own garbage is collected, and
// cannot collect what our garbage refers to. Little of it could wait for long.
func (e *engine) collect() {
	if e.closed.Add(1)%collectEach == 0 {
		runtime.GC()
	}
}

// makeCertificate makes the one certificate of all sessions, else the browser would
// make one for each. It blocks.
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

// checkRemote is checkRemote as the configuration has it. Other browsers hide
// their addresses behind .local names, which this one can look up.
func (e *engine) checkRemote(text string) (string, error) {
	return checkRemote(text, rules{loopback: e.loopback, local: true})
}

// try returns what JavaScript throws.
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

// await waits for a promise, which has to settle. Only the goroutine waits: the
// event loop goes on.
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

// listeners are those of one object. Their functions run on the event loop, one at
// a time: they must not block.
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
