package spray

import (
	"fmt"
	"math"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol. Views come to hold about A·ln N + B arcs.
// No time in it is longer than protocols.MaxWait.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: spray.
	Name string
	// A is the number of arcs that a newcomer opens to its contact. A fraction is the
	// probability of one more arc. At least one arc is opened. Above 0, at most
	// MaxFactor. Default: 1.
	A float64
	// B is added to the mean view: the first two peers share 2·B more arcs. A
	// fraction works as in A. At least 0, at most MaxFactor. Default: 0.
	B float64
	// Period is the time between two exchanges that a peer begins, varied by a tenth.
	// The first comes within one Period of the start. Above 0. Default: 30 s.
	Period time.Duration
	// Deadline is how long a partner may take to answer a request. An exchange ends
	// after twice that time. Above 0. Default: 10 s.
	Deadline time.Duration
	// MaxJoins is how many newcomers a contact introduces at the same time. It
	// ignores the join of any other one. 1 to MaxMaxJoins. Default: 128.
	MaxJoins int
}

// The bounds of the configuration, beside protocols.MaxWait for its times.
const (
	MaxFactor   = 64
	MaxMaxJoins = 1 << 16
)

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{Name: "spray", A: 1, B: 0, Period: 30 * time.Second, Deadline: 10 * time.Second, MaxJoins: 128}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("spray: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case math.IsNaN(c.A) || c.A <= 0 || c.A > MaxFactor:
		return fmt.Errorf("spray: A is %v, must be above 0 and at most %d", c.A, MaxFactor)
	case math.IsNaN(c.B) || c.B < 0 || c.B > MaxFactor:
		return fmt.Errorf("spray: B is %v, must be between 0 and %d", c.B, MaxFactor)
	case c.Period <= 0 || c.Period > protocols.MaxWait:
		return fmt.Errorf("spray: Period is %v, must be above 0 and at most %v", c.Period, protocols.MaxWait)
	case c.Deadline <= 0 || c.Deadline > protocols.MaxWait:
		return fmt.Errorf("spray: Deadline is %v, must be above 0 and at most %v", c.Deadline, protocols.MaxWait)
	case c.MaxJoins <= 0 || c.MaxJoins > MaxMaxJoins:
		return fmt.Errorf("spray: MaxJoins is %d, must be between 1 and %d", c.MaxJoins, MaxMaxJoins)
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
		Name:          config.Name,
		Message:       &Message{},
		Delivery:      protocols.Ordered,
		Introductions: protocols.Accept,
		New:           func() protocols.Handler { return &handler{config: config} },
	}, nil
}
