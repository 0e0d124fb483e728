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

// Config holds the limits of a Server. In each field, 0 means the default.
// DefaultConfig returns the defaults.
type Config struct {
	// MaxFrame is the largest message that is read, in bytes. 1,024 to 16,384, the
	// cap of the wire. Default 16,384.
	MaxFrame int
	// MaxMembers is the most members of a room. -1: no limit. Default 10,000.
	MaxMembers int
	// MaxRooms is the most rooms at the same time. A room ends with its last member.
	// -1: no limit. Default 10,000.
	MaxRooms int
	// MaxLinks is the most connections at the same time, with those outside of rooms.
	// -1: no limit. Default 20,000.
	MaxLinks int
	// MaxLinksPerAddress is the most connections at the same time from one IPv4
	// address or IPv6 /64. Behind a proxy all links have its address: set -1 there
	// and let the proxy limit them. -1: no limit. Default 2,000.
	MaxLinksPerAddress int

	// HandshakeTimeout is how long a connection may take until its valid Enter.
	// Default 5 s.
	HandshakeTimeout time.Duration
	// PingInterval is the silence after which the server pings a member. Negative:
	// never. Default 20 s.
	PingInterval time.Duration
	// PongTimeout is how long the answer to a ping may take before the link is
	// closed. Default 10 s.
	PongTimeout time.Duration
	// WriteTimeout is how long a member may take to accept one frame before its link
	// is closed. It also bounds the end of a link. Default 5 s.
	WriteTimeout time.Duration
	// ShutdownTimeout is how long Serve waits for members to close before it cuts
	// them off. Default 5 s.
	ShutdownTimeout time.Duration

	// Rate is how many messages a second a member may send on average. Faster
	// messages are read later. Negative: no limit. Default 50.
	Rate float64
	// Burst is how many messages a member may send at once. Default 200.
	Burst int
	// Queue is the most frames that wait for a member. A signal that finds the queue
	// full is dropped, and its sender gets Gone. Default 256.
	Queue int

	// Origins lists the web pages of other hosts that may connect: patterns
	// (path.Match) of the host, or of scheme://host. "*" alone allows all. Requests
	// without an Origin header do not come from a browser and are always allowed.
	// Default: none.
	Origins []string

	// Logger gets the events of links. Nil: slog.Default.
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

// Validate returns an error that names the first invalid field, if there is one.
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
