//go:build !js

package wrtc

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// checkTimeout is how long a connection that was given up may go on to look
// for its way.
const checkTimeout = time.Second

// session is the WebRTC connection under a connection, which tells it of its end:
// here pion's. Its methods may block.
type session struct {
	conn    *connection
	pion    *pionConnection
	started bool          // pion connects to the remote
	checked chan struct{} // closed when it has found a way, or none
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

// offer makes our offer; candidates are looked for from then on.
func (s *session) offer() error {
	description, err := s.pion.CreateOffer(nil)
	if err != nil {
		return err
	}
	return s.pion.SetLocalDescription(description)
}

// answer makes our answer; candidates are looked for from then on.
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

// gathered returns a channel that is closed when all candidates are known. It is
// called before the description is made.
func (s *session) gathered() <-chan struct{} { return gatheringComplete(s.pion) }

// description is ours, with the candidates that are known.
func (s *session) description() string { return s.pion.LocalDescription().SDP }

// fingerprints are those of the certificates of an open session.
func (s *session) fingerprints() (local, remote []byte, err error) {
	print := sha256.Sum256(s.pion.SCTP().Transport().GetRemoteCertificate())
	return s.conn.transport.Fingerprint(), print[:], nil
}

// close returns when pion has ended.
func (s *session) close() {
	s.awaitCheck()
	_ = s.pion.GracefulClose() // it is over, whatever pion says to it
}

// awaitCheck waits until ICE has succeeded or failed, or has done neither for
// long. pion's ICETransport (v3.3.6) reads what it has not locked when it stops
// just as ICE succeeds, and may end the process with a nil pointer.
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
