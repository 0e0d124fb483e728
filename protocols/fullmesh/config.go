package fullmesh

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol. No time in it is longer than
// protocols.MaxWait.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: fullmesh.
	Name string
	// MaxMembers is how many peers the mesh can have, this one included. 2 to
	// MaxMaxMembers. Default: 32. It must be the same on all peers, and
	// actors.Config must allow as many connections.
	MaxMembers int
	// Period is the time between two searches for missing members, varied by a
	// tenth. Above 0. Default: 10 s.
	Period time.Duration
}

// MaxMaxMembers is the largest MaxMembers.
const MaxMaxMembers = 256

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{Name: "fullmesh", MaxMembers: 32, Period: 10 * time.Second}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("fullmesh: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case c.MaxMembers < 2 || c.MaxMembers > MaxMaxMembers:
		return fmt.Errorf("fullmesh: MaxMembers is %d, must be between 2 and %d", c.MaxMembers, MaxMaxMembers)
	case c.Period <= 0 || c.Period > protocols.MaxWait:
		return fmt.Errorf("fullmesh: Period is %v, must be above 0 and at most %v", c.Period, protocols.MaxWait)
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
		// A peer opens its arcs itself. Introductions could break the cap.
		Introductions: protocols.Refuse,
		New:           func() protocols.Handler { return newHandler(config) },
	}, nil
}
