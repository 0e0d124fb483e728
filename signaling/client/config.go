package client

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/link"
)

// Identity is who a client claims to be, and can prove.
type Identity interface {
	// ID is the PeerID of PublicKey.
	ID() messages.PeerID
	// PublicKey is an Ed25519 key of 32 bytes.
	PublicKey() []byte
	// Sign returns an Ed25519 signature of 64 bytes.
	Sign(message []byte) []byte
}

// Config says whom a Client links to and as whom. In the durations and
// Queue, 0 stands for the default.
type Config struct {
	// URL of the server: ws://host:port/path, or wss:// where there is TLS.
	// http:// and https:// mean the same.
	URL string
	// Identity enters the room. Required.
	Identity Identity

	// HTTPClient dials, for proxies, certificates of one's own and a server.Pipe. Nil: one
	// that takes proxies from the environment. A browser dials by itself.
	HTTPClient *HTTPClient

	// DialTimeout is the time to be connected. Default 10 s.
	DialTimeout time.Duration
	// HandshakeTimeout is the time to be in the room then. Default 10 s.
	HandshakeTimeout time.Duration
	// WriteTimeout is the time for the server to take one frame. Default 5 s.
	WriteTimeout time.Duration
	// PingInterval is the silence, pings of the server included, after which the
	// server is pinged. Default 45 s; negative: never. A browser does not ping.
	PingInterval time.Duration
	// PongTimeout is the time for the answer, after which the link is lost.
	// Default 10 s.
	PongTimeout time.Duration

	// BackoffMin and BackoffMax bound the wait before a lost link is tried again:
	// it doubles from one to the other, and each wait is drawn between its half
	// and its whole. Defaults 0.5 s and 30 s.
	BackoffMin, BackoffMax time.Duration

	// Queue is how many requests wait for the link at most. Default 1,024.
	Queue int

	// Logger takes what happens to the link while it is tried again. Nil:
	// slog.Default.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.DialTimeout = cmp.Or(c.DialTimeout, 10*time.Second)
	c.HandshakeTimeout = cmp.Or(c.HandshakeTimeout, 10*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 5*time.Second)
	c.PingInterval = cmp.Or(c.PingInterval, 45*time.Second)
	c.PongTimeout = cmp.Or(c.PongTimeout, 10*time.Second)
	c.BackoffMin = cmp.Or(c.BackoffMin, 500*time.Millisecond)
	c.BackoffMax = cmp.Or(c.BackoffMax, max(30*time.Second, c.BackoffMin))
	c.Queue = cmp.Or(c.Queue, 1024)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Validate names the first field that breaks its rule.
func (c Config) Validate() error {
	c = c.withDefaults()
	if _, err := parseURL(c.URL); err != nil {
		return err
	}
	if c.Identity == nil {
		return fmt.Errorf("signaling: client.Config.Identity is missing")
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"DialTimeout", c.DialTimeout},
		{"HandshakeTimeout", c.HandshakeTimeout},
		{"WriteTimeout", c.WriteTimeout},
		{"PongTimeout", c.PongTimeout},
		{"BackoffMin", c.BackoffMin},
	} {
		if d.value < 0 {
			return fmt.Errorf("signaling: client.Config.%s is %v, must be positive", d.field, d.value)
		}
	}
	switch {
	case c.BackoffMax < c.BackoffMin:
		return fmt.Errorf("signaling: client.Config.BackoffMax is %v, must be at least BackoffMin, %v", c.BackoffMax, c.BackoffMin)
	case c.Queue < 1:
		return fmt.Errorf("signaling: client.Config.Queue is %d, must be at least 1", c.Queue)
	}
	return nil
}

func (c Config) linkLimits() link.Limits {
	return link.Limits{
		Frame: messages.MaxFrame,
		Queue: 0, // what waits is in the session's queue, where it is accounted for
		Write: c.WriteTimeout,
		Close: min(c.WriteTimeout, time.Second), // Leave waits for it
		Ping:  max(c.PingInterval, 0),
		Pong:  c.PongTimeout,
	}
}

// parseURL returns the URL to dial.
func parseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err == nil {
		switch u.Scheme {
		case "http":
			u.Scheme = "ws"
		case "https":
			u.Scheme = "wss"
		}
		u.Fragment = "" // browsers refuse it
		if (u.Scheme == "ws" || u.Scheme == "wss") && u.Hostname() != "" {
			return u.String(), nil
		}
	}
	return "", fmt.Errorf("signaling: %.200q is no URL of a signaling server: want ws://host:port or wss://host", text)
}
