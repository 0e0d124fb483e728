package wrtc

import (
	"crypto/ed25519"
	"fmt"
	"time"
)

// Config says how a peer reaches the network. A browser decides everything else
// itself. The zero value is DefaultConfig.
type Config struct {
	// Key is the identity of the peer. Nil: a fresh one. Default: nil.
	Key ed25519.PrivateKey
	// ICEServers help to find a way through NATs. They are trusted: never take
	// them from other peers. Default: none.
	ICEServers []ICEServer
	// Loopback says whether to connect to peers with loopback addresses. Default:
	// false.
	Loopback bool
	// GatherTimeout is how long an offer or answer waits for ICE servers. Then it
	// leaves with the candidates found so far. Default and 0: 3 s.
	GatherTimeout time.Duration
	// FailedTimeout is how long a connection that the browser calls disconnected
	// may take to recover before it is lost. Default and 0: 10 s.
	FailedTimeout time.Duration
}

// DefaultConfig returns the defaults named beside the fields.
func DefaultConfig() Config { return Config{}.withDefaults() }

func (c Config) withDefaults() Config {
	if c.GatherTimeout == 0 {
		c.GatherTimeout = 3 * time.Second
	}
	if c.FailedTimeout == 0 {
		c.FailedTimeout = 10 * time.Second
	}
	return c
}

// Validate returns an error that names the broken rule, if there is one. Only
// NewTransport can tell whether the browser accepts ICEServers.
func (c Config) Validate() error {
	switch {
	case c.Key != nil && len(c.Key) != ed25519.PrivateKeySize:
		return fmt.Errorf("wrtc: Key has %d bytes, want %d", len(c.Key), ed25519.PrivateKeySize)
	case c.GatherTimeout < 0:
		return fmt.Errorf("wrtc: GatherTimeout %v is negative", c.GatherTimeout)
	case c.FailedTimeout < 0:
		return fmt.Errorf("wrtc: FailedTimeout %v is negative", c.FailedTimeout)
	}
	return nil
}
