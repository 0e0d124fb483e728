package wrtc

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// Transport makes the WebRTC connections of one peer, all with one certificate.
type Transport struct {
	api         *pionAPI
	setup       pionConfiguration
	fingerprint []byte
	network     *guardedNet
	queue       *Queue
	loopback    bool
	gather      time.Duration

	mu          sync.Mutex
	closed      bool
	connections map[*connection]struct{}
	running     sync.WaitGroup
}

var _ actors.Transport = (*Transport)(nil)

// NewTransport returns a transport whose channels deliver through queue. A
// configuration that cannot be used is an error, and then nothing was started.
func NewTransport(cfg Config, queue *Queue) (*Transport, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	network := cfg.Net
	if network == nil {
		system, err := newSystemNet()
		if err != nil {
			return nil, fmt.Errorf("wrtc: network: %w", err)
		}
		network = system
	}
	if err := cfg.checkInterfaces(network); err != nil {
		return nil, err
	}
	guarded, err := newGuardedNet(network, cfg.ReceiveBuffer, cfg.SendBuffer)
	if err != nil {
		return nil, err
	}
	certificate, fingerprint, err := newIdentityCertificate()
	if err != nil {
		return nil, fmt.Errorf("wrtc: certificate: %w", err)
	}
	return &Transport{
		api:         newAPI(withSettings(cfg.settings(guarded))),
		setup:       pionConfiguration{Certificates: []pionCertificate{*certificate}, ICEServers: cfg.iceServers()},
		fingerprint: fingerprint,
		network:     guarded,
		queue:       queue,
		loopback:    cfg.Loopback,
		gather:      cfg.GatherTimeout,
		connections: make(map[*connection]struct{}),
	}, nil
}

// Fingerprint is SHA-256 of the certificate that all connections show.
func (t *Transport) Fingerprint() []byte { return slices.Clone(t.fingerprint) }

// Buffers is what the system granted the newest UDP socket, in bytes; zeros
// when it does not say.
func (t *Transport) Buffers() (receive, send int) {
	return int(t.network.granted.receive.Load()), int(t.network.granted.send.Load())
}

// Connect implements actors.Transport. After Close the connection is born closed.
func (t *Transport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	c := newConnection(t, remote, events)
	t.mu.Lock()
	closed := t.closed
	if !closed {
		t.connections[c] = struct{}{}
	}
	t.running.Add(1)
	t.mu.Unlock()
	if closed {
		c.end(fmt.Errorf("wrtc: the transport: %w", messages.ErrClosed), false)
	}
	return c
}

// Close implements actors.Transport.
func (t *Transport) Close() {
	t.mu.Lock()
	t.closed = true
	open := make([]*connection, 0, len(t.connections))
	for c := range t.connections {
		open = append(open, c)
	}
	t.mu.Unlock()
	for _, c := range open {
		c.Close(false)
	}
}

// Wait returns when every connection has ended and told so, with all its
// goroutines. It is for after Close, and not for an actor or an event.
func (t *Transport) Wait() { t.running.Wait() }

func (t *Transport) forget(c *connection) {
	t.mu.Lock()
	delete(t.connections, c)
	t.mu.Unlock()
	t.running.Done()
}
