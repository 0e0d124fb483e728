//go:build !js

package server

import (
	"cmp"
	"fmt"
	"log/slog"
	"path"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/link"
)

// Config holds the limits of a Server. In each field 0 stands for the default,
// which DefaultConfig spells out.
type Config struct {
	// MaxFrame is the largest message that is read, in bytes: at least 1,024, at
	// most and by default 16,384, the cap of the wire.
	MaxFrame int
	// MaxMembers is the most members of a room. Default 10,000; -1: no limit.
	MaxMembers int
	// MaxRooms is the most rooms at a time; a room ends with its last member.
	// Default 10,000; -1: no limit.
	MaxRooms int
	// MaxLinks is the most connections at a time, those outside of rooms
	// included. Default 20,000; -1: no limit.
	MaxLinks int
	// MaxLinksPerAddress is the most connections at a time from one IPv4 address
	// or IPv6 /64. Behind a proxy all links share its address: set -1 there and
	// let the proxy limit. Default 2,000; -1: no limit.
	MaxLinksPerAddress int

	// HandshakeTimeout is the time from the connection to a valid Enter. Default 5 s.
	HandshakeTimeout time.Duration
	// PingInterval is the silence after which a member is pinged. Default 20 s;
	// negative: never.
	PingInterval time.Duration
	// PongTimeout is the time for the answer, after which the link is closed.
	// Default 10 s.
	PongTimeout time.Duration
	// WriteTimeout is the time for a member to take one frame, after which its
	// link is closed, and for the farewell of a link. Default 5 s.
	WriteTimeout time.Duration
	// ShutdownTimeout is how long Serve waits for members to say goodbye before
	// it cuts them off. Default 5 s.
	ShutdownTimeout time.Duration

	// Rate is how many messages a second a member may send for long; what comes
	// faster is read later. Default 50; negative: no limit.
	Rate float64
	// Burst is how many messages a member may send at once. Default 200.
	Burst int
	// Queue is how many frames wait for a member at most; a signal that finds the
	// queue full is not kept, and its sender gets Gone. Default 256.
	Queue int

	// Origins lists which web pages may connect beside those of the server's own
	// host: patterns (path.Match) of the host, or of scheme://host. "*" alone:
	// all. Requests without an Origin header, which are no browser's, may always.
	// Default: none.
	Origins []string

	// Logger takes what happens to links. Nil: slog.Default.
	Logger *slog.Logger
}

// DefaultConfig returns the defaults of all fields.
func DefaultConfig() Config { return Config{}.withDefaults() }

func (c Config) withDefaults() Config {
	c.MaxFrame = cmp.Or(c.MaxFrame, messages.MaxFrame)
	c.MaxMembers = cmp.Or(c.MaxMembers, 10_000)
	c.MaxRooms = cmp.Or(c.MaxRooms, 10_000)
	c.MaxLinks = cmp.Or(c.MaxLinks, 20_000)
	c.MaxLinksPerAddress = cmp.Or(c.MaxLinksPerAddress, 2_000)
	c.HandshakeTimeout = cmp.Or(c.HandshakeTimeout, 5*time.Second)
	c.PingInterval = cmp.Or(c.PingInterval, 20*time.Second)
	c.PongTimeout = cmp.Or(c.PongTimeout, 10*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 5*time.Second)
	c.ShutdownTimeout = cmp.Or(c.ShutdownTimeout, 5*time.Second)
	c.Rate = cmp.Or(c.Rate, 50)
	c.Burst = cmp.Or(c.Burst, 200)
	c.Queue = cmp.Or(c.Queue, 256)
	return c
}

// Validate names the first field that breaks its rule.
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.MaxFrame < 1024 || c.MaxFrame > messages.MaxFrame:
		return fmt.Errorf("signaling: server.Config.MaxFrame is %d, must be between 1024 and %d bytes", c.MaxFrame, messages.MaxFrame)
	case c.MaxMembers < -1:
		return fmt.Errorf("signaling: server.Config.MaxMembers is %d, must be at least 1, or -1 for no limit", c.MaxMembers)
	case c.MaxRooms < -1:
		return fmt.Errorf("signaling: server.Config.MaxRooms is %d, must be at least 1, or -1 for no limit", c.MaxRooms)
	case c.MaxLinks < -1:
		return fmt.Errorf("signaling: server.Config.MaxLinks is %d, must be at least 1, or -1 for no limit", c.MaxLinks)
	case c.MaxLinksPerAddress < -1:
		return fmt.Errorf("signaling: server.Config.MaxLinksPerAddress is %d, must be at least 1, or -1 for no limit", c.MaxLinksPerAddress)
	case c.HandshakeTimeout < 0:
		return fmt.Errorf("signaling: server.Config.HandshakeTimeout is %v, must be positive", c.HandshakeTimeout)
	case c.PongTimeout < 0:
		return fmt.Errorf("signaling: server.Config.PongTimeout is %v, must be positive", c.PongTimeout)
	case c.WriteTimeout < 0:
		return fmt.Errorf("signaling: server.Config.WriteTimeout is %v, must be positive", c.WriteTimeout)
	case c.ShutdownTimeout < 0:
		return fmt.Errorf("signaling: server.Config.ShutdownTimeout is %v, must be positive", c.ShutdownTimeout)
	case c.Burst < 1:
		return fmt.Errorf("signaling: server.Config.Burst is %d, must be at least 1", c.Burst)
	case c.Queue < 1:
		return fmt.Errorf("signaling: server.Config.Queue is %d, must be at least 1", c.Queue)
	}
	for _, pattern := range c.Origins {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return fmt.Errorf("signaling: server.Config.Origins: %q is no pattern of a host", pattern)
		}
	}
	return nil
}

func (c Config) linkLimits() link.Limits {
	return link.Limits{
		Frame: c.MaxFrame,
		Queue: c.Queue,
		Write: c.WriteTimeout,
		Close: c.WriteTimeout,
		Ping:  max(c.PingInterval, 0),
		Pong:  c.PongTimeout,
	}
}
