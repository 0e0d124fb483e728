package tman

import (
	"errors"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// The largest View, Sample and Known.
const (
	MaxView   = 64
	MaxSample = 64
	MaxKnown  = 4096
)

// Config holds the ranking method and the numbers of the protocol.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: tman.
	Name string
	// Rank is the ranking method, the same on all peers. Default: Ring{}.
	Rank Rank
	// Data is the data of this peer's first descriptor. Describe replaces it. At most
	// MaxData bytes that Rank accepts. Default: none.
	Data []byte
	// Sampling names the peer-sampling protocol of this peer, which answers
	// messages.SampleRequest. Default: spray.
	Sampling string
	// View is the number of best-ranked peers to which a peer holds arcs. It may hold
	// up to View more until the end of a period. 1 to MaxView. Default: 4.
	View int
	// Sample is the most descriptors in a message, without the sender's own (m in the
	// paper). 1 to MaxSample. Default: 20.
	Sample int
	// Psi is the number of best-ranked known peers from which the partner of an
	// exchange is drawn (ψ in the paper). Above 0. Default: 10.
	Psi int
	// Tabu is how many of the last partners are not chosen again while there are
	// others. At least 0. Default: 4.
	Tabu int
	// Known is how many descriptors a peer keeps. The worst-ranked go first. At least
	// View and Sample, at most MaxKnown. Default: 100.
	Known int
	// Period is the time between two exchanges that a peer begins, varied by a tenth.
	// The first comes within one Period of the start. Above 0. Default: 30 s.
	Period time.Duration
	// Deadline is how long a neighbor may take to answer. Above 0. Default: 10 s.
	Deadline time.Duration
	// TTL is the largest age of a descriptor, counted from when its owner issued it.
	// Owners issue one each Period. At least Period. Default: 3 min.
	TTL time.Duration
	// Forget is how long a peer that could not be reached or went away is not tried
	// again on the word of others. Above 0. Default: 1 min.
	Forget time.Duration
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Name: "tman", Rank: Ring{}, Sampling: "spray", View: 4, Sample: 20, Psi: 10, Tabu: 4, Known: 100,
		Period: 30 * time.Second, Deadline: 10 * time.Second, TTL: 3 * time.Minute, Forget: time.Minute,
	}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("tman: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case c.Rank == nil:
		return errors.New("tman: Rank is nil, must be a ranking method")
	case len(c.Data) > MaxData:
		return fmt.Errorf("tman: Data has %d bytes, must have at most %d", len(c.Data), MaxData)
	case !protocols.ValidName(c.Sampling) || c.Sampling == c.Name:
		return fmt.Errorf("tman: Sampling %q must be the name of another protocol", c.Sampling)
	case c.View <= 0 || c.View > MaxView:
		return fmt.Errorf("tman: View is %d, must be between 1 and %d", c.View, MaxView)
	case c.Sample <= 0 || c.Sample > MaxSample:
		return fmt.Errorf("tman: Sample is %d, must be between 1 and %d", c.Sample, MaxSample)
	case c.Psi <= 0:
		return fmt.Errorf("tman: Psi is %d, must be above 0", c.Psi)
	case c.Tabu < 0:
		return fmt.Errorf("tman: Tabu is %d, must be at least 0", c.Tabu)
	case c.Known < max(c.View, c.Sample) || c.Known > MaxKnown:
		return fmt.Errorf("tman: Known is %d, must be between View and Sample, %d, and %d", c.Known, max(c.View, c.Sample), MaxKnown)
	case c.Period <= 0:
		return fmt.Errorf("tman: Period is %v, must be above 0", c.Period)
	case c.Deadline <= 0:
		return fmt.Errorf("tman: Deadline is %v, must be above 0", c.Deadline)
	case c.TTL < c.Period:
		return fmt.Errorf("tman: TTL is %v, must be at least Period, %v", c.TTL, c.Period)
	case c.Forget <= 0:
		return fmt.Errorf("tman: Forget is %v, must be above 0", c.Forget)
	}
	if err := c.Rank.Check(c.Data); err != nil {
		return fmt.Errorf("tman: Data must be what Rank accepts: %w", err)
	}
	return nil
}

// New returns the protocol. Spawn it beside the sampling protocol.
func New(config Config) (protocols.Protocol, error) {
	config = protocols.OrDefault(config, DefaultConfig())
	if err := config.Validate(); err != nil {
		return protocols.Protocol{}, err
	}
	return protocols.Protocol{
		Name:     config.Name,
		Message:  &Message{},
		Delivery: protocols.Ordered,
		Sees:     []string{config.Sampling},
		// Only the ranking decides to which peers arcs are held.
		Introductions: protocols.Refuse,
		New:           func() protocols.Handler { return &handler{config: config} },
	}, nil
}
