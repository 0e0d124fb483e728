//go:build !js

package wrtc

import (
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"
)

// Config says how a peer reaches the network. The zero value is DefaultConfig.
type Config struct {
	// Key is the identity of the peer. Nil: a fresh one. Default: nil.
	Key ed25519.PrivateKey
	// ICEServers help to find a way through NATs. They are trusted: never take them from
	// other peers. Default: none.
	ICEServers []ICEServer
	// Interfaces names the network interfaces to use. Empty: all that are up. Default:
	// empty.
	Interfaces []string
	// Loopback says whether to use loopback interfaces too, and to connect to peers with
	// loopback addresses. Default: false.
	Loopback bool
	// ReceiveBuffer and SendBuffer are the buffer sizes, in bytes, that each UDP socket
	// asks the system for. Transport.Buffers returns the granted sizes. Default and 0: 4
	// MiB.
	ReceiveBuffer, SendBuffer int
	// GatherTimeout is how long an offer or answer waits for ICE servers. Then it leaves
	// with the candidates found so far. Default and 0: 3 s.
	GatherTimeout time.Duration
	// DisconnectedTimeout is how long nothing arrives before a connection counts as
	// disturbed. Default and 0: 5 s.
	DisconnectedTimeout time.Duration
	// FailedTimeout is how long a disturbed connection may take to recover before it is
	// lost. Default and 0: 10 s.
	FailedTimeout time.Duration
	// Keepalive is the time between packets on an idle connection. Default and 0: 2 s.
	Keepalive time.Duration
	// Net replaces the system's network in tests. Default: nil.
	Net Net
	// Logger gets pion's log, at the level Debug. Nil: none is written. Default: nil.
	Logger *slog.Logger
}

// DefaultConfig returns the defaults named beside the fields.
func DefaultConfig() Config { return Config{}.withDefaults() }

// LoopbackConfig returns a configuration for peers that are all on this machine.
func LoopbackConfig() (Config, error) {
	cfg := DefaultConfig()
	cfg.Loopback = true
	all, err := net.Interfaces()
	if err != nil {
		return Config{}, fmt.Errorf("wrtc: %w", err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 {
			cfg.Interfaces = append(cfg.Interfaces, i.Name)
		}
	}
	if len(cfg.Interfaces) == 0 {
		return Config{}, fmt.Errorf("wrtc: no loopback interface is up")
	}
	return cfg, nil
}

func (c Config) withDefaults() Config {
	orInt := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	orTime := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	orInt(&c.ReceiveBuffer, 4<<20)
	orInt(&c.SendBuffer, 4<<20)
	orTime(&c.GatherTimeout, 3*time.Second)
	orTime(&c.DisconnectedTimeout, 5*time.Second)
	orTime(&c.FailedTimeout, 10*time.Second)
	orTime(&c.Keepalive, 2*time.Second)
	return c
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	c = c.withDefaults()
	if c.Key != nil && len(c.Key) != ed25519.PrivateKeySize {
		return fmt.Errorf("wrtc: Key has %d bytes, want %d", len(c.Key), ed25519.PrivateKeySize)
	}
	if c.ReceiveBuffer < minBuffer || c.SendBuffer < minBuffer {
		return fmt.Errorf("wrtc: ReceiveBuffer %d and SendBuffer %d must be at least %d bytes", c.ReceiveBuffer, c.SendBuffer, minBuffer)
	}
	for name, d := range map[string]time.Duration{
		"GatherTimeout": c.GatherTimeout, "DisconnectedTimeout": c.DisconnectedTimeout,
		"FailedTimeout": c.FailedTimeout, "Keepalive": c.Keepalive,
	} {
		if d < 0 {
			return fmt.Errorf("wrtc: %s %v is negative", name, d)
		}
	}
	if c.Keepalive >= c.DisconnectedTimeout {
		return fmt.Errorf("wrtc: Keepalive %v must be shorter than DisconnectedTimeout %v", c.Keepalive, c.DisconnectedTimeout)
	}
	for _, server := range c.ICEServers {
		if err := server.validate(); err != nil {
			return err
		}
	}
	return nil
}

// minBuffer has space for a few datagrams.
const minBuffer = 16 << 10

func (s ICEServer) validate() error {
	if len(s.URLs) == 0 {
		return fmt.Errorf("wrtc: an ICE server has no URL")
	}
	for _, url := range s.URLs {
		uri, err := parseICEURL(url)
		switch {
		case err != nil:
			return fmt.Errorf("wrtc: ICE server %q: %w", url, err)
		case uri.Port < 1 || uri.Port > 65535:
			return fmt.Errorf("wrtc: ICE server %q: port %d is outside 1 to 65535", url, uri.Port)
		case uri.Scheme != schemeSTUN && uri.Scheme != schemeTURN || uri.Proto != protoUDP:
			// Over TLS or TCP, the packets that crash pion could not be dropped.
			return fmt.Errorf("wrtc: ICE server %q: only stun: and turn: over UDP can be used", url)
		case uri.Scheme == schemeTURN && (s.Username == "" || s.Credential == ""):
			return fmt.Errorf("wrtc: ICE server %q: TURN needs Username and Credential", url)
		}
	}
	return nil
}

// checkInterfaces returns an error that names an interface which the network does not
// have.
func (c Config) checkInterfaces(network Net) error {
	if len(c.Interfaces) == 0 {
		return nil
	}
	all, err := network.Interfaces()
	if err != nil {
		return fmt.Errorf("wrtc: interfaces: %w", err)
	}
	var names []string
	for _, i := range all {
		names = append(names, i.Name)
	}
	for _, name := range c.Interfaces {
		if !slices.Contains(names, name) {
			return fmt.Errorf("wrtc: there is no interface %q, only %q", name, names)
		}
	}
	return nil
}
