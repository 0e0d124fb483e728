package pushsum

import (
	"fmt"
	"math"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol, the same on all peers.
type Config struct {
	// Name of the protocol on the wire. Default: pushsum.
	Name string
	// Over names the protocol of this peer along whose arcs shares travel. Default:
	// spray.
	Over string
	// Period is the time between two shares that a peer sends. Above 0. Default: 1 s.
	Period time.Duration
	// Rounds is the number of periods in an epoch, 1 to 500: a weight is halved as
	// often. Default: 60; with 30, among 100 peers with two arcs each, somebody was
	// off by 3% of the average.
	Rounds int
	// Skew is how far another clock may be ahead. At least 0, less than an epoch.
	// Default: 1 s.
	Skew time.Duration
	// Least and Most bound the inputs. Finite, Least below Most. Default: 0 and 100.
	Least, Most float64
	// MaxPeers bounds the weight of a share, and what a peer holds. At least 1. Default: 1,000,000.
	MaxPeers int
}

// MaxRounds is the most that Rounds can be.
const MaxRounds = 500

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Name: "pushsum", Over: "spray", Period: time.Second, Rounds: 60, Skew: time.Second,
		Least: 0, Most: 100, MaxPeers: 1_000_000,
	}
}

// Epoch is the length of an epoch.
func (c Config) Epoch() time.Duration { return time.Duration(c.Rounds) * c.Period }

// Validate says which rule the configuration breaks, if any.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("pushsum: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case !protocols.ValidName(c.Over) || c.Over == c.Name:
		return fmt.Errorf("pushsum: Over %q must be the name of another protocol", c.Over)
	case c.Period <= 0 || c.Period > 24*time.Hour:
		return fmt.Errorf("pushsum: Period is %v, must be above 0 and at most a day", c.Period)
	case c.Rounds < 1 || c.Rounds > MaxRounds:
		return fmt.Errorf("pushsum: Rounds is %d, must be 1 to %d", c.Rounds, MaxRounds)
	case c.Skew < 0 || c.Skew >= c.Epoch():
		return fmt.Errorf("pushsum: Skew is %v, must be at least 0 and less than an epoch, %v", c.Skew, c.Epoch())
	case !(c.Least < c.Most) || math.IsInf(c.Most-c.Least, 0):
		return fmt.Errorf("pushsum: Least is %v and Most %v, must be finite and Least the smaller", c.Least, c.Most)
	case c.MaxPeers < 1:
		return fmt.Errorf("pushsum: MaxPeers is %d, must be at least 1", c.MaxPeers)
	}
	return nil
}

// New returns the protocol, to be spawned on any number of peers. input is what
// they begin with, until they are told Set: within Least and Most.
func New(config Config, input float64) (protocols.Protocol, error) {
	config = protocols.OrDefault(config, DefaultConfig())
	if err := config.Validate(); err != nil {
		return protocols.Protocol{}, err
	}
	if err := config.checkInput(input); err != nil {
		return protocols.Protocol{}, err
	}
	return protocols.Protocol{
		Name:    config.Name,
		Message: &Share{},
		// The share of a peer that leaves is not to be overtaken by its farewell.
		Delivery: protocols.Ordered,
		Sees:     []string{config.Over},
		New:      func() protocols.Handler { return &handler{config: config, input: input} },
	}, nil
}
