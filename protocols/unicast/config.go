package unicast

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: unicast.
	Name string
	// Over names the protocol of this peer whose neighbors get a Multicast without
	// targets, and whose lost connections end requests. Default: spray.
	Over string
	// MaxPayload is the largest payload in bytes. Above 0, at most 1 MiB. Default: 64 KiB.
	MaxPayload int
	// MaxRequests is how many requests of this peer can wait for a reply, and how many
	// requests of others can wait for this peer's reply. One neighbor has at most
	// MaxRequests/4 of the latter. Above 0, at most 65,536. Default: 1,024.
	MaxRequests int
	// Deadline is how long a request waits that does not set its own time. Above 0, at
	// most MaxDeadline. Default: 10 s.
	Deadline time.Duration
	// MaxDeadline is the longest time that a request of this peer or of others can wait.
	// At most an hour. Default: 1 min.
	MaxDeadline time.Duration
}

// The bounds of the configuration.
const (
	MaxMaxPayload  = 1 << 20
	MaxMaxRequests = 1 << 16
)

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Name: "unicast", Over: "spray", MaxPayload: 64 << 10, MaxRequests: 1024,
		Deadline: 10 * time.Second, MaxDeadline: time.Minute,
	}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("unicast: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case !protocols.ValidName(c.Over) || c.Over == c.Name:
		return fmt.Errorf("unicast: Over %q must be the name of another protocol", c.Over)
	case c.MaxPayload <= 0 || c.MaxPayload > MaxMaxPayload:
		return fmt.Errorf("unicast: MaxPayload is %d, must be between 1 and %d", c.MaxPayload, MaxMaxPayload)
	case c.MaxRequests <= 0 || c.MaxRequests > MaxMaxRequests:
		return fmt.Errorf("unicast: MaxRequests is %d, must be between 1 and %d", c.MaxRequests, MaxMaxRequests)
	case c.MaxDeadline < time.Millisecond || c.MaxDeadline > time.Hour:
		return fmt.Errorf("unicast: MaxDeadline is %v, must be between 1ms and 1h", c.MaxDeadline)
	case c.Deadline < time.Millisecond || c.Deadline > c.MaxDeadline:
		return fmt.Errorf("unicast: Deadline is %v, must be between 1ms and MaxDeadline, %v", c.Deadline, c.MaxDeadline)
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
		New: func() protocols.Handler {
			return &handler{config: config, asked: map[uint64]*asking{}, serves: map[question]*serving{}}
		},
		// It holds no arcs of its own.
		Introductions: protocols.Refuse,
	}, nil
}
