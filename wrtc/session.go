//go:build !js

package wrtc

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// checkTimeout is how long a session may go on looking for a way after the
// connection was given up.
const checkTimeout = time.Second

// session is the WebRTC connection below a connection. It reports its end to that.
// This one uses pion. Its methods may block.
type session struct {
	conn    *connection
	pion    *pionConnection
	started bool          // pion connects to the remote
	checked chan struct{} // closed when it has found a way, or failed
}

func (c *connection) newSession() (*session, error) {
	engine := c.transport.engine
	pc, err := engine.api.NewPeerConnection(engine.setup)
	if err != nil {
		return nil, err
	}
	s := &session{conn: c, pion: pc, checked: make(chan struct{})}
	checked := sync.OnceFunc(func() { close(s.checked) })
	pc.SCTP().Transport().OnStateChange(func(pionDTLSState) { checked() }) // DTLS comes after ICE
	pc.OnConnectionStateChange(func(state pionConnectionState) {
		if state == stateFailed {
			checked()
		}
		switch state {
		case stateFailed:
			c.end(fmt.Errorf("wrtc: nothing arrives any more, or the handshake failed: %w", messages.ErrClosed), false)
		case stateClosed:
			c.end(fmt.Errorf("wrtc: the connection: %w", messages.ErrClosed), false)
		}
	})
	pc.OnDataChannel(s.refuse)
	pc.SCTP().OnError(func(err error) {
		c.violated(fmt.Errorf("something was sent on a channel that is not open: %w: %w", err, messages.ErrMalformed))
	})
	return s, nil
}

// offer makes our offer. Gathering of candidates begins.
func (s *session) offer() error {
	description, err := s.pion.CreateOffer(nil)
	if err != nil {
		return err
	}
	return s.pion.SetLocalDescription(description)
}

// answer makes our answer. Gathering of candidates begins.
func (s *session) answer() error {
	description, err := s.pion.CreateAnswer(nil)
	if err != nil {
		return err
	}
	return s.pion.SetLocalDescription(description)
}

func (s *session) takeOffer(text string) error {
	return s.take(pionDescription{Type: sdpOffer, SDP: text})
}

func (s *session) takeAnswer(text string) error {
	return s.take(pionDescription{Type: sdpAnswer, SDP: text})
}

func (s *session) take(remote pionDescription) error {
	err := s.pion.SetRemoteDescription(remote)
	s.started = s.started || err == nil
	return err
}

// gathered returns a channel that is closed when all candidates are known. Call it
// before the description is made.
func (s *session) gathered() <-chan struct{} { return gatheringComplete(s.pion) }

// description returns our description with the candidates found so far.
func (s *session) description() string { return s.pion.LocalDescription().SDP }

// fingerprints returns the fingerprints of the certificates of an open session.
func (s *session) fingerprints() (local, remote []byte, err error) {
	print := sha256.Sum256(s.pion.SCTP().Transport().GetRemoteCertificate())
	return s.conn.transport.Fingerprint(), print[:], nil
}

// close ends the session and returns when pion has ended.
func (s *session) close() {
	s.awaitCheck()
	_ = s.pion.GracefulClose() // an error does not matter at the end
}

// awaitCheck waits until ICE has succeeded or failed, or for checkTimeout. When
// pion's ICETransport (v3.3.6) stops just as ICE succeeds, it reads without a lock,
// and may end the process with a nil pointer.
func (s *session) awaitCheck() {
	if !s.started {
		return
	}
	patience := time.NewTimer(checkTimeout)
	defer patience.Stop()
	select {
	case <-s.checked:
	case <-patience.C:
	}
}

// refuse closes a channel that the remote opened.
func (s *session) refuse(dc *pionChannel) {
	dc.OnOpen(func() {
		if raw, err := dc.Detach(); err == nil {
			_ = raw.Close()
		}
	})
	s.conn.refused(dc.Label())
}
