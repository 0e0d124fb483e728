package template

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: template.
	Name string
	// Over names the protocol of this peer whose arcs say who the neighbours are.
	// Default: spray.
	Over string
	// Period is the time between two beats. Above 0. Default: 1 s.
	Period time.Duration
	// Patience is how long a neighbour may be silent. Above Period, or every beat
	// that comes late would count. Default: 3.5 s.
	Patience time.Duration
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{Name: "template", Over: "spray", Period: time.Second, Patience: 3500 * time.Millisecond}
}

// Validate says which rule the configuration breaks, if any.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("template: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case !protocols.ValidName(c.Over) || c.Over == c.Name:
		return fmt.Errorf("template: Over %q must be the name of another protocol", c.Over)
	case c.Period <= 0:
		return fmt.Errorf("template: Period is %v, must be above 0", c.Period)
	case c.Patience <= c.Period:
		return fmt.Errorf("template: Patience is %v, must be above Period, %v", c.Patience, c.Period)
	}
	return nil
}

// New returns the protocol, to be spawned on any number of peers.
func New(config Config) (protocols.Protocol, error) {
	config = protocols.OrDefault(config, DefaultConfig())
	if err := config.Validate(); err != nil {
		return protocols.Protocol{}, err
	}
	return protocols.Protocol{
		Name:     config.Name,
		Message:  &Beat{},
		Delivery: protocols.Lossy,
		Sees:     []string{config.Over},
		New: func() protocols.Handler {
			return &handler{config: config, heard: map[messages.PeerID]*heard{}}
		},
	}, nil
}
