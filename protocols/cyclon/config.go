package cyclon

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol. No time in it is longer than
// protocols.MaxWait.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: cyclon.
	Name string
	// View is the most arcs that a peer holds (c in the paper). 1 to MaxView.
	// Default: 20.
	View int
	// Shuffle is how many entries each side gives in an exchange (l in the paper).
	// The fresh entry of the side that asked counts. 1 to View. Default: 8.
	Shuffle int
	// Walk is the length of a newcomer's random walk, in peers. It should be about
	// the mean path length of the overlay. The way back is a route of as many relays.
	// 1 to messages.MaxRoute (8). Default: 5.
	Walk int
	// Period is the time between two exchanges that a peer begins, varied by a tenth.
	// The first comes within one Period of the start. Above 0. Default: 30 s.
	Period time.Duration
	// Deadline is how long a partner may take to answer. After that it is removed
	// from the view. Above 0. Default: 10 s.
	Deadline time.Duration
}

// MaxView is the largest View.
const MaxView = 128

// DefaultConfig returns the defaults. View and Shuffle are those of the paper.
func DefaultConfig() Config {
	return Config{Name: "cyclon", View: 20, Shuffle: 8, Walk: 5, Period: 30 * time.Second, Deadline: 10 * time.Second}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("cyclon: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case c.View < 1 || c.View > MaxView:
		return fmt.Errorf("cyclon: View is %d, must be between 1 and %d", c.View, MaxView)
	case c.Shuffle < 1 || c.Shuffle > c.View:
		return fmt.Errorf("cyclon: Shuffle is %d, must be between 1 and View, %d", c.Shuffle, c.View)
	case c.Walk < 1 || c.Walk > messages.MaxRoute:
		return fmt.Errorf("cyclon: Walk is %d, must be between 1 and %d", c.Walk, messages.MaxRoute)
	case c.Period <= 0 || c.Period > protocols.MaxWait:
		return fmt.Errorf("cyclon: Period is %v, must be above 0 and at most %v", c.Period, protocols.MaxWait)
	case c.Deadline <= 0 || c.Deadline > protocols.MaxWait:
		return fmt.Errorf("cyclon: Deadline is %v, must be above 0 and at most %v", c.Deadline, protocols.MaxWait)
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
		// A peer opens the arcs of its view itself. Introductions could break the
		// bound of the view.
		Introductions: protocols.Refuse,
		Reach:         config.Walk, // the peers at the ends of its walks open arcs back to a newcomer
		New:           func() protocols.Handler { return &handler{config: config} },
	}, nil
}
