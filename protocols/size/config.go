package size

import (
	"fmt"
	"math"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol. No time in it is longer than
// protocols.MaxWait.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: size.
	Name string
	// Over names the protocol of this peer whose views are counted: Spray, or
	// another one whose views come to hold A·ln N + B arcs. Default: spray.
	Over string
	// A and B are those of the protocol Over. A is above 0, B at least 0, both at
	// most MaxFactor. Default: 1 and 0.
	A, B float64
	// Period is the time between two reports to neighbors and between two
	// estimates, varied by a tenth. The period of the overlay is best. Above 0.
	// Default: 30 s.
	Period time.Duration
	// Window is for how many periods a report counts. The estimate follows the
	// network with that delay. 1 to MaxWindow. Default: 10.
	Window int
}

// The bounds of the configuration.
const (
	MaxFactor = 64
	MaxWindow = 1000
)

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{Name: "size", Over: "spray", A: 1, B: 0, Period: 30 * time.Second, Window: 10}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("size: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case !protocols.ValidName(c.Over) || c.Over == c.Name:
		return fmt.Errorf("size: Over %q must be the name of another protocol", c.Over)
	case math.IsNaN(c.A) || c.A <= 0 || c.A > MaxFactor:
		return fmt.Errorf("size: A is %v, must be above 0 and at most %d", c.A, MaxFactor)
	case math.IsNaN(c.B) || c.B < 0 || c.B > MaxFactor:
		return fmt.Errorf("size: B is %v, must be between 0 and %d", c.B, MaxFactor)
	case c.Period <= 0 || c.Period > protocols.MaxWait:
		return fmt.Errorf("size: Period is %v, must be above 0 and at most %v", c.Period, protocols.MaxWait)
	case c.Window < 1 || c.Window > MaxWindow:
		return fmt.Errorf("size: Window is %d, must be between 1 and %d", c.Window, MaxWindow)
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
		New:      func() protocols.Handler { return &handler{config: config} },
		// It holds no arcs of its own.
		Introductions: protocols.Refuse,
	}, nil
}
