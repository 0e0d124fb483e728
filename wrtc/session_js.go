package wrtc

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"syscall/js"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// session is the WebRTC connection below a connection. It reports its end to that.
// This one uses the browser. Its methods may block.
type session struct {
	conn      *connection
	pc        js.Value // RTCPeerConnection
	listeners listeners
	remote    string      // the remote's description
	disturbed *time.Timer // ends the connection; runs while nothing arrives
}

func (c *connection) newSession() (*session, error) {
	engine := c.transport.engine
	if err := engine.certificate(); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	s := &session{conn: c}
	if err := try(func() { s.pc = engine.constructor.New(engine.setup) }); err != nil {
		return nil, err
	}
	s.disturbed = time.AfterFunc(time.Hour, s.fail)
	s.disturbed.Stop()
	s.listeners.target = s.pc
	s.listeners.on("connectionstatechange", func(js.Value) { s.stateChanged() })
	s.listeners.on("datachannel", s.refuse)
	return s, nil
}

func (s *session) stateChanged() {
	switch s.pc.Get("connectionState").String() {
	case "connected":
		s.disturbed.Stop()
	case "disconnected":
		s.disturbed.Reset(s.conn.transport.engine.failed)
	case "failed":
		s.fail()
	}
}

func (s *session) fail() {
	s.conn.end(fmt.Errorf("wrtc: nothing arrives any more, or the handshake failed: %w", messages.ErrClosed), false)
}

// offer makes our offer. Gathering of candidates begins.
func (s *session) offer() error {
	description, err := s.call("createOffer")
	if err == nil {
		_, err = s.call("setLocalDescription", description)
	}
	return err
}

// answer makes our answer. Gathering of candidates begins.
func (s *session) answer() error {
	description, err := s.call("createAnswer")
	if err == nil {
		_, err = s.call("setLocalDescription", description)
	}
	return err
}

func (s *session) takeOffer(text string) error { return s.take("offer", text) }

func (s *session) takeAnswer(text string) error { return s.take("answer", text) }

func (s *session) take(kind, text string) error {
	_, err := s.call("setRemoteDescription", map[string]any{"type": kind, "sdp": text})
	if err == nil {
		s.remote = text
	}
	return err
}

// call calls a method that returns a promise, and waits for it. The session is
// closed on the same goroutine, so that a promise always settles.
func (s *session) call(method string, args ...any) (result js.Value, err error) {
	var promise js.Value
	if err := try(func() { promise = s.pc.Call(method, args...) }); err != nil {
		return result, err
	}
	return await(promise)
}

// gathered returns a channel that is closed when all candidates are known. Call it
// before the description is made.
func (s *session) gathered() <-chan struct{} {
	complete := make(chan struct{})
	done := sync.OnceFunc(func() { close(complete) })
	s.listeners.on("icegatheringstatechange", func(js.Value) {
		if s.pc.Get("iceGatheringState").String() == "complete" {
			done()
		}
	})
	return complete
}

// description returns our description with the candidates found so far.
func (s *session) description() string { return s.pc.Get("localDescription").Get("sdp").String() }

// fingerprints returns the fingerprints of the certificates of an open session.
func (s *session) fingerprints() (local, remote []byte, err error) {
	if local, err = onlyFingerprint(s.description()); err != nil {
		return nil, nil, fmt.Errorf("ours: %w", err)
	}
	dtls := s.pc.Get("sctp").Get("transport")
	if dtls.Get("getRemoteCertificates").IsUndefined() {
		// Not every browser has this. But every browser has checked the remote's
		// certificate against those that its description allows (RFC 8122, section
		// 6.2).
		if remote, err = onlyFingerprint(s.remote); err != nil {
			return nil, nil, fmt.Errorf("the remote's: %w", err)
		}
		return local, remote, nil
	}
	chain := dtls.Call("getRemoteCertificates")
	if chain.Length() == 0 {
		return nil, nil, fmt.Errorf("the remote shows no certificate")
	}
	der := js.Global().Get("Uint8Array").New(chain.Index(0))
	certificate := make([]byte, der.Length())
	js.CopyBytesToGo(certificate, der)
	print := sha256.Sum256(certificate)
	return local, print[:], nil
}

// close ends the session at once.
func (s *session) close() {
	s.disturbed.Stop()
	s.listeners.release()
	s.pc.Call("close")
	s.conn.transport.engine.collect()
}

// refuse closes a channel that the remote opened.
func (s *session) refuse(event js.Value) {
	dc := event.Get("channel")
	dc.Call("close")
	s.conn.refused(dc.Get("label").String())
}
