package plumtree

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// Config holds the numbers of the protocol. No time in it is longer than
// protocols.MaxWait.
type Config struct {
	// Name of the protocol on the wire, the same on all peers. Default: plumtree.
	Name string
	// Over names the protocol of this peer along whose arcs messages travel. Its views
	// should be symmetric and stable. Default: hyparview.
	Over string
	// ArcDelay is how long arcs of one direction must last before they make a link. Arcs
	// both ways make one at once. HyParView asks for a link with one arc, and ends the arc
	// when the link is refused. At least 0. Default: 1 s.
	ArcDelay time.Duration
	// MaxPayload is the largest payload in bytes. Above 0, at most 1 MiB. Default: 64 KiB.
	MaxPayload int
	// Remember is how many IDs of seen messages a peer keeps. Above 0. Default: 10,000.
	Remember int
	// Window is how long neighbors can ask for a message, and how long it is announced to
	// new neighbors. At least AnnounceDelay + IHaveTimeout + GraftTimeout. Default: 10 s.
	Window time.Duration
	// Keep is how many bytes of payload are kept for that. The oldest messages go first.
	// At least MaxPayload. Default: 4 MiB.
	Keep int
	// AnnounceDelay is how long an announcement waits for others, so that they travel in
	// one message. At least 0. 0: each is sent at once. Default: 100 ms.
	AnnounceDelay time.Duration
	// IHaveTimeout is how long a peer waits for an announced message before it asks for it
	// (the paper's timeout1). It should be longer than a message takes along the tree, or
	// links are grafted for nothing. Above 0. Default: 1 s.
	IHaveTimeout time.Duration
	// GraftTimeout is how long a neighbor may take to send a message that it was asked
	// for. After that the next one is asked (timeout2). About a round trip is right. Above
	// 0. Default: 500 ms.
	GraftTimeout time.Duration
	// Threshold is the number of hops by which a lazy neighbor must have been nearer to
	// the origin to replace the eager one. It fits the tree to the origin that publishes
	// most. With many origins, each of them turns the tree, and messages come twice. At
	// least 0. 0: the tree stays as it is. Default: 0.
	Threshold int
}

// MaxMaxPayload is the largest MaxPayload.
const MaxMaxPayload = 1 << 20

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Name: "plumtree", Over: "hyparview", ArcDelay: time.Second, MaxPayload: 64 << 10, Remember: 10_000,
		Window: 10 * time.Second, Keep: 4 << 20,
		AnnounceDelay: 100 * time.Millisecond, IHaveTimeout: time.Second, GraftTimeout: 500 * time.Millisecond,
	}
}

// Validate returns an error that names the broken rule, if there is one.
func (c Config) Validate() error {
	switch {
	case !protocols.ValidName(c.Name):
		return fmt.Errorf("plumtree: Name %q must be 1 to 32 of [a-z0-9.-]", c.Name)
	case !protocols.ValidName(c.Over) || c.Over == c.Name:
		return fmt.Errorf("plumtree: Over %q must be the name of another protocol", c.Over)
	case c.ArcDelay < 0 || c.ArcDelay > protocols.MaxWait:
		return fmt.Errorf("plumtree: ArcDelay is %v, must be between 0 and %v", c.ArcDelay, protocols.MaxWait)
	case c.MaxPayload <= 0 || c.MaxPayload > MaxMaxPayload:
		return fmt.Errorf("plumtree: MaxPayload is %d, must be between 1 and %d", c.MaxPayload, MaxMaxPayload)
	case c.Remember <= 0:
		return fmt.Errorf("plumtree: Remember is %d, must be above 0", c.Remember)
	case c.Keep < c.MaxPayload:
		return fmt.Errorf("plumtree: Keep is %d, must be at least MaxPayload, %d", c.Keep, c.MaxPayload)
	case c.AnnounceDelay < 0 || c.AnnounceDelay > protocols.MaxWait:
		return fmt.Errorf("plumtree: AnnounceDelay is %v, must be between 0 and %v", c.AnnounceDelay, protocols.MaxWait)
	case c.IHaveTimeout <= 0 || c.IHaveTimeout > protocols.MaxWait:
		return fmt.Errorf("plumtree: IHaveTimeout is %v, must be above 0 and at most %v", c.IHaveTimeout, protocols.MaxWait)
	case c.GraftTimeout <= 0 || c.GraftTimeout > protocols.MaxWait:
		return fmt.Errorf("plumtree: GraftTimeout is %v, must be above 0 and at most %v", c.GraftTimeout, protocols.MaxWait)
	case c.Window < c.AnnounceDelay+c.IHaveTimeout+c.GraftTimeout:
		return fmt.Errorf("plumtree: Window is %v, must be at least AnnounceDelay + IHaveTimeout + GraftTimeout, %v",
			c.Window, c.AnnounceDelay+c.IHaveTimeout+c.GraftTimeout)
	case c.Window > protocols.MaxWait:
		return fmt.Errorf("plumtree: Window is %v, must be at most %v", c.Window, protocols.MaxWait)
	case c.Threshold < 0:
		return fmt.Errorf("plumtree: Threshold is %d, must be at least 0", c.Threshold)
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
			return &handler{config: config, seen: newSeen(config.Remember), cache: newCache(config.Keep), missing: newMissing()}
		},
		// It holds no arcs of its own.
		Introductions: protocols.Refuse,
	}, nil
}
