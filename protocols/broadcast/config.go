package broadcast

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol. No time in it is longer than
// protocols.MaxWait.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: broadcast.
	Name string
	// Over names the protocol of this peer along whose arcs messages travel.
	// Default: spray.
	Over string
	// MaxPayload is the largest payload in bytes. Above 0, at most 1 MiB. Default: 64 KiB.
	MaxPayload int
	// Remember is the number of origins for which a peer remembers how many of their
	// messages it has delivered. The origin that was silent for longest is forgotten
	// first. Above 0. Default: 10,000.
	Remember int
	// Period is the time between two comparisons with a random neighbor, varied by a
	// tenth. Above 0. Default: 10 s.
	Period time.Duration
	// Patience is how long a message waits for the messages before it. After that it is
	// delivered without them, and they are given up. Above 0. Default: 30 s.
	Patience time.Duration
	// Window is how long a message is kept for neighbors that lack it. At least 0. 0: none
	// is kept, and nothing is repaired. Default: 10 min.
	Window time.Duration
	// History is the time before the start of a newcomer from which it still gets
	// messages. At least 0, at most Window. Default: 10 s.
	History time.Duration
	// Keep is how many bytes of payload are kept for neighbors, and how many may wait for
	// delivery. The oldest go first. At least 0. Default: 4 MiB.
	Keep int
}

// MaxMaxPayload is the largest MaxPayload.
const MaxMaxPayload = 1 << 20

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Name: "broadcast", Over: "spray", MaxPayload: 64 << 10, Remember: 10_000,
		Period: 10 * time.Second, Patience: 30 * time.Second, Window: 10 * time.Minute, History: 10 * time.Second,
		Keep: 4 << 20,
	}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("broadcast: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case !protocols.ValidName(c.Over) || c.Over == c.Name:
		return fmt.Errorf("broadcast: Over %q must be the name of another protocol", c.Over)
	case c.MaxPayload <= 0 || c.MaxPayload > MaxMaxPayload:
		return fmt.Errorf("broadcast: MaxPayload is %d, must be between 1 and %d", c.MaxPayload, MaxMaxPayload)
	case c.Remember <= 0:
		return fmt.Errorf("broadcast: Remember is %d, must be above 0", c.Remember)
	case c.Period <= 0 || c.Period > protocols.MaxWait:
		return fmt.Errorf("broadcast: Period is %v, must be above 0 and at most %v", c.Period, protocols.MaxWait)
	case c.Patience <= 0 || c.Patience > protocols.MaxWait:
		return fmt.Errorf("broadcast: Patience is %v, must be above 0 and at most %v", c.Patience, protocols.MaxWait)
	case c.Window < 0 || c.Window > protocols.MaxWait:
		return fmt.Errorf("broadcast: Window is %v, must be between 0 and %v", c.Window, protocols.MaxWait)
	case c.History < 0 || c.History > c.Window:
		return fmt.Errorf("broadcast: History is %v, must be between 0 and Window, %v", c.History, c.Window)
	case c.Keep < 0:
		return fmt.Errorf("broadcast: Keep is %d, must be at least 0", c.Keep)
	}
	return nil
}

// New returns the protocol. It can be spawned on any number of peers.
func New(config Config) (protocols.Protocol, error) {
	config = protocols.OrDefault(config, DefaultConfig())
	if err := config.Validate(); err != nil {
		return protocols.Protocol{}, err
	}
	return protocols.Protocol{
		Name:     config.Name,
		Message:  &Message{},
		Delivery: protocols.Ordered,
		Sees:     []string{config.Over},
		New:      func() protocols.Handler { return newHandler(config) },
		// It holds no arcs of its own.
		Introductions: protocols.Refuse,
	}, nil
}
