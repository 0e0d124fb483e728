//go:build !js

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
	"time"
)

// This file has what a browser decides itself: the settings of pion's own stack,
// and the certificate.

// engine makes the sessions of a transport.
type engine struct {
	api         *pionAPI
	setup       pionConfiguration
	fingerprint []byte
	network     *guardedNet
	loopback    bool
}

func newEngine(cfg Config) (*engine, error) {
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
	return &engine{
		api:         newAPI(withSettings(cfg.settings(guarded))),
		setup:       pionConfiguration{Certificates: []pionCertificate{*certificate}, ICEServers: cfg.iceServers()},
		fingerprint: fingerprint,
		network:     guarded,
		loopback:    cfg.Loopback,
	}, nil
}

// Fingerprint returns SHA-256 of the certificate that all connections use.
func (t *Transport) Fingerprint() []byte { return slices.Clone(t.engine.fingerprint) }

// Buffers returns the buffer sizes that the system granted the newest UDP socket,
// in bytes. It returns zeros when the system does not tell.
func (t *Transport) Buffers() (receive, send int) {
	granted := &t.engine.network.granted
	return int(granted.receive.Load()), int(granted.send.Load())
}

// checkRemote is the function checkRemote with the rules of the configuration. A
// host name in a browser's candidate is dropped: the browser reaches us.
func (e *engine) checkRemote(text string) (string, error) {
	return checkRemote(text, rules{loopback: e.loopback})
}

// settings returns the settings of pion that all connections share.
func (c Config) settings(network *guardedNet) pionSettings {
	var s pionSettings
	s.DetachDataChannels()
	s.LoggerFactory = loggerFactory{c.Logger}
	s.SetNet(network)
	s.SetNetworkTypes(udpNetworkTypes)
	s.SetICEMulticastDNSMode(multicastDNSOff)
	s.SetICETimeouts(c.DisconnectedTimeout, c.FailedTimeout, c.Keepalive)
	s.SetPrflxAcceptanceMinWait(0) // otherwise some connections wait for a second
	// DTLS protects the packets. Without this, pion leaves out a checksum that the
	// remote expects when nothing was acknowledged for 7 s after the handshake.
	s.EnableSCTPZeroChecksum(true)
	s.SetIncludeLoopbackCandidate(c.Loopback)
	s.SetSCTPMaxReceiveBufferSize(receiveWindow(int(network.granted.receive.Load())))
	if len(c.Interfaces) > 0 {
		s.SetInterfaceFilter(func(name string) bool { return slices.Contains(c.Interfaces, name) })
	}
	s.SetIPFilter(func(ip net.IP) bool { return c.Loopback || !ip.IsLoopback() })
	return s
}

// receiveWindow is how many bytes the remote may have under way to us. They must
// fit the socket and the two buffers of 1 MB that pion has behind it. Bytes that
// overflow one of these are sent again a second later.
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

// newIdentityCertificate makes a certificate on P-256, the fastest curve. The Proof
// over its fingerprint shows the identity of the holder, and not the certificate.
// It must outlive the process, because an expired one makes no connections.
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
