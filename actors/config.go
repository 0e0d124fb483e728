package actors

import (
	"fmt"
	"time"
)

// Config has the deadlines and limits of a peer. A request past a limit fails with
// a typed error and is counted.
type Config struct {
	// Network is the name of the network, 1 to 64 bytes; peers of different
	// networks do not connect. Default: n2n.
	Network string
	// RequestTimeout is the deadline of a request. A peer that answers an offer
	// gives the connection half of it to open. Default: 10 s.
	RequestTimeout time.Duration
	// AuthTimeout is how long the other side may take for Hello and Proof.
	// Default: 5 s.
	AuthTimeout time.Duration
	// Linger is how long a connection that nobody uses is kept. Default: 60 s.
	Linger time.Duration
	// LeaveGrace is how long protocols may take to leave. Default: 2 s.
	LeaveGrace time.Duration
	// MaxRetries is how many further routes to a peer are tried after a relay was
	// lost. It is also how often the service is asked again when it names only
	// members that could not be reached. 0: never; at most 16. Default: 3.
	MaxRetries int
	// RetryWait is the wait before the first retry, give or take a half; it doubles
	// with each. The request's own deadline stays. Default: 200 ms.
	RetryWait time.Duration
	// MaxConnections bounds the connections, including attempts. Default: 256.
	MaxConnections int
	// MaxHalfOpen bounds the attempts to connect. Default: 64.
	MaxHalfOpen int
	// MaxOpens bounds the requests that wait for connections. Default: 1,024.
	MaxOpens int
	// MaxArcs bounds the arcs of one protocol between two peers, in each direction.
	// Default: 256.
	MaxArcs int
	// MaxProtocols bounds the protocols of the peer, at most 64. Default: 64.
	MaxProtocols int
	// MaxJobs bounds the introductions this peer has under way. Default: 1,024.
	MaxJobs int
	// MaxRelays bounds the attempts whose signals this peer relays at a time. Default:
	// 1,024.
	MaxRelays int
	// SignalRate is how many signals and introductions a second this peer takes
	// from one neighbor, on average. It answers the others with ErrRate. Default:
	// 64.
	SignalRate float64
	// SignalBurst is how many of them this peer takes at once. Default: 256.
	SignalBurst int
	// MaxWaiting bounds the messages that wait for the channel of a delivery
	// class to open. Default: 256.
	MaxWaiting int
}

// DefaultConfig returns the default of each field.
func DefaultConfig() Config {
	return Config{
		Network:        "n2n",
		RequestTimeout: 10 * time.Second,
		AuthTimeout:    5 * time.Second,
		Linger:         60 * time.Second,
		LeaveGrace:     2 * time.Second,
		MaxRetries:     3,
		RetryWait:      200 * time.Millisecond,
		MaxConnections: 256,
		MaxHalfOpen:    64,
		MaxOpens:       1024,
		MaxArcs:        256,
		MaxProtocols:   64,
		MaxJobs:        1024,
		MaxRelays:      1024,
		SignalRate:     64,
		SignalBurst:    256,
		MaxWaiting:     256,
	}
}

// Validate says which rule the configuration breaks, if any.
func (c Config) Validate() error {
	if len(c.Network) == 0 || len(c.Network) > 64 {
		return fmt.Errorf("config: Network has %d bytes, must have 1 to 64", len(c.Network))
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"RequestTimeout", c.RequestTimeout},
		{"AuthTimeout", c.AuthTimeout},
		{"Linger", c.Linger},
		{"LeaveGrace", c.LeaveGrace},
		{"RetryWait", c.RetryWait},
	} {
		if d.value <= 0 {
			return fmt.Errorf("config: %s is %v, must be positive", d.name, d.value)
		}
	}
	for _, l := range []struct {
		name       string
		value, max int
	}{
		{"MaxConnections", c.MaxConnections, 1 << 20},
		{"MaxHalfOpen", c.MaxHalfOpen, 1 << 20},
		{"MaxOpens", c.MaxOpens, 1 << 20},
		{"MaxArcs", c.MaxArcs, 65535},
		{"MaxProtocols", c.MaxProtocols, 64},
		{"MaxJobs", c.MaxJobs, 1 << 20},
		{"MaxRelays", c.MaxRelays, 1 << 20},
		{"SignalBurst", c.SignalBurst, 1 << 20},
		{"MaxWaiting", c.MaxWaiting, 1 << 20},
	} {
		if l.value < 1 || l.value > l.max {
			return fmt.Errorf("config: %s is %d, must be 1 to %d", l.name, l.value, l.max)
		}
	}
	if c.MaxRetries < 0 || c.MaxRetries > 16 {
		return fmt.Errorf("config: MaxRetries is %d, must be 0 to 16", c.MaxRetries)
	}
	if !(c.SignalRate > 0) {
		return fmt.Errorf("config: SignalRate is %v, must be positive", c.SignalRate)
	}
	return nil
}
