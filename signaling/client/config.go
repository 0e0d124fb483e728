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

// Identity is the identity of a client, which it can prove.
type Identity interface {
	// ID returns the PeerID of PublicKey.
	ID() messages.PeerID
	// PublicKey returns an Ed25519 key of 32 bytes.
	PublicKey() []byte
	// Sign returns an Ed25519 signature of 64 bytes.
	Sign(message []byte) []byte
}

// Config says to which server a Client links, and with which identity. A duration or Queue
// of 0 means the default.
type Config struct {
	// URL is the URL of the server: ws://host:port/path, or wss:// with TLS. http:// and
	// https:// mean the same.
	URL string
	// Identity is the identity that enters the room. Required.
	Identity Identity

	// HTTPClient dials: use it for proxies, your own certificates or a server.Pipe. Nil: a
	// client that takes proxies from the environment. A browser dials itself.
	HTTPClient *HTTPClient

	// DialTimeout is how long the connection may take. Default 10 s.
	DialTimeout time.Duration
	// HandshakeTimeout is how long entering the room may take after that. Default 10 s.
	HandshakeTimeout time.Duration
	// WriteTimeout is how long the server may take to accept one frame. Default 5 s.
	WriteTimeout time.Duration
	// PingInterval is the silence after which the client pings the server. Pings of the
	// server end the silence too. Default 45 s; negative: never. A browser does not ping.
	PingInterval time.Duration
	// PongTimeout is how long the answer to a ping may take before the link is lost.
	// Default 10 s.
	PongTimeout time.Duration

	// BackoffMin and BackoffMax bound the wait before a lost link is tried again. It
	// doubles from one to the other, and each wait is drawn between its half and its
	// whole. Defaults 0.5 s and 30 s.
	BackoffMin, BackoffMax time.Duration

	// Queue is the most requests that wait for the link. Default 1,024.
	Queue int

	// Logger gets the events of the link while it is tried again. Nil: slog.Default.
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

// Validate returns an error that names the first invalid field, if there is one.
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
		Queue: 0, // messages wait in the session's queue, where they are counted
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
