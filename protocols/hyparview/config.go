package hyparview

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol. The defaults are those of the paper for
// 10,000 peers (section 5.1), if it gives any. No time in it is longer than
// protocols.MaxWait.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: hyparview.
	Name string
	// Active is the size of the active view, in peers: the fanout plus one. At least
	// 2, at most MaxActive. Default: 5.
	Active int
	// Passive is the size of the passive view, in peers. At least 1, at most
	// MaxPassive. Default: 30.
	Passive int
	// ARWL is the length, in hops, of the walk that brings a newcomer into active
	// views. At least 1, at most MaxARWL. Default: 6.
	ARWL int
	// PRWL is the number of hops that are left of that walk when it brings the
	// newcomer into a passive view. At least 0 (no passive view before its end), at
	// most ARWL. Default: 3.
	PRWL int
	// ShuffleActive is how many peers of the active view a shuffle offers (ka), as
	// long as there are so many. At least 0. Default: 3.
	ShuffleActive int `option:"ka"`
	// ShufflePassive is how many peers of the passive view it offers (kp), likewise.
	// At least 0; ka + kp at most 63. Default: 4.
	ShufflePassive int `option:"kp"`
	// ShuffleTTL is the length of its walk, in hops. At least 1, at most
	// MaxShuffleTTL. At 1, a small group can stay apart from the rest. Default: 6.
	ShuffleTTL int
	// Period is the time between two shuffles that a peer begins, varied by a tenth.
	// The first comes within one Period of the start. The allowances of other peers
	// are also counted for a Period. Above 0. Default: 10 s.
	Period time.Duration
	// Deadline is how long a peer may take to answer Join or Neighbor. Above 0.
	// Default: 5 s.
	Deadline time.Duration
	// MaxJoins is how many Joins and Neighbors of high priority a peer takes in a
	// Period, at most one of each from a sender. It refuses the others. Above 0.
	// Default: 128.
	MaxJoins int
}

// The bounds of the configuration.
const (
	MaxActive     = 64
	MaxPassive    = 1024
	MaxARWL       = messages.MaxRoute - 1 // the contact is a relay too
	MaxShuffleTTL = messages.MaxRoute
)

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Name: "hyparview", Active: 5, Passive: 30, ARWL: 6, PRWL: 3,
		ShuffleActive: 3, ShufflePassive: 4, ShuffleTTL: 6,
		Period: 10 * time.Second, Deadline: 5 * time.Second, MaxJoins: 128,
	}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	for _, n := range []struct {
		field       string
		value       int
		least, most int
		limit       string // the field that sets most, if there is one
	}{
		{"Active", c.Active, 2, MaxActive, ""},
		{"Passive", c.Passive, 1, MaxPassive, ""},
		{"ARWL", c.ARWL, 1, MaxARWL, ""},
		{"PRWL", c.PRWL, 0, c.ARWL, "ARWL, "},
		{"ShuffleActive", c.ShuffleActive, 0, maxNodes - 1, ""},
		{"ShufflePassive", c.ShufflePassive, 0, maxNodes - 1 - c.ShuffleActive, "63 − ShuffleActive, "},
		{"ShuffleTTL", c.ShuffleTTL, 1, MaxShuffleTTL, ""},
	} {
		if n.value < n.least || n.value > n.most {
			return fmt.Errorf("hyparview: %s is %d, must be between %d and %s%d", n.field, n.value, n.least, n.limit, n.most)
		}
	}
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("hyparview: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case c.Period <= 0 || c.Period > protocols.MaxWait:
		return fmt.Errorf("hyparview: Period is %v, must be above 0 and at most %v", c.Period, protocols.MaxWait)
	case c.Deadline <= 0 || c.Deadline > protocols.MaxWait:
		return fmt.Errorf("hyparview: Deadline is %v, must be above 0 and at most %v", c.Deadline, protocols.MaxWait)
	case c.MaxJoins <= 0:
		return fmt.Errorf("hyparview: MaxJoins is %d, must be above 0", c.MaxJoins)
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
		Introductions: protocols.Refuse,
		Reach:         messages.MaxRoute, // the ends of walks are far away
		New: func() protocols.Handler {
			return &handler{config: config, passive: passiveView{most: config.Passive}}
		},
	}, nil
}
