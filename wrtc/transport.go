package wrtc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
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

// settings of pion that all connections share.
func (c Config) settings(network *guardedNet) pionSettings {
	var s pionSettings
	s.DetachDataChannels()
	s.LoggerFactory = loggerFactory{c.Logger}
	s.SetNet(network)
	s.SetNetworkTypes(udpNetworkTypes)
	s.SetICEMulticastDNSMode(multicastDNSOff)
	s.SetICETimeouts(c.DisconnectedTimeout, c.FailedTimeout, c.Keepalive)
	s.SetPrflxAcceptanceMinWait(0) // else some connections wait for a second
	// DTLS protects the packets. Without this, pion leaves out a checksum that the
	// remote insists on once nothing is acknowledged for 7 s after the handshake.
	s.EnableSCTPZeroChecksum(true)
	s.SetIncludeLoopbackCandidate(c.Loopback)
	s.SetSCTPMaxReceiveBufferSize(receiveWindow(int(network.granted.receive.Load())))
	if len(c.Interfaces) > 0 {
		s.SetInterfaceFilter(func(name string) bool { return slices.Contains(c.Interfaces, name) })
	}
	s.SetIPFilter(func(ip net.IP) bool { return c.Loopback || !ip.IsLoopback() })
	return s
}

// receiveWindow is how much the remote may have under way to us. It has to fit
// the socket, and the two buffers of 1 MB that pion has behind it: what overflows
// one of them is sent again a second later.
func receiveWindow(socket int) uint32 {
	const most, least = 768 << 10, 64 << 10
	if socket == 0 {
		return most
	}
	return uint32(min(most, max(least, socket/4*3)))
}

func (c Config) iceServers() []pionICEServer {
	var servers []pionICEServer
	for _, s := range c.ICEServers {
		server := pionICEServer{URLs: s.URLs, Username: s.Username, CredentialType: credentialPassword}
		if s.Credential != "" {
			server.Credential = s.Credential
		}
		servers = append(servers, server)
	}
	return servers
}

// newIdentityCertificate makes a certificate on P-256, the fastest curve. Who
// holds it is shown by the Proof over its fingerprint, not by the certificate;
// it has to outlive the process, since an expired one makes no connections.
func newIdentityCertificate() (*pionCertificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	certificate, err := newCertificate(key, x509.Certificate{
		Subject:      pkix.Name{CommonName: "n2n"},
		Issuer:       pkix.Name{CommonName: "n2n"},
		SerialNumber: serial,
		NotBefore:    now.AddDate(0, 0, -1),
		NotAfter:     now.AddDate(10, 0, 0),
	})
	if err != nil {
		return nil, nil, err
	}
	prints, err := certificate.GetFingerprints()
	if err != nil {
		return nil, nil, err
	}
	fingerprint, err := parseFingerprint(prints[0].Algorithm + " " + prints[0].Value)
	return certificate, fingerprint, err
}
