package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"

	"github.com/n2n-overlay/n2n/messages"
)

// Config says what a Server shows, and what pages may do.
type Config struct {
	// Program is what the page runs beside: demo or signal. Required.
	Program string
	// Room is shown to pages that name none. It is watched always. Required, 1 to 64
	// bytes of UTF-8.
	Room string
	// Rooms: pages may also watch other rooms. Default: false.
	Rooms bool
	// Source tells of the rooms. Required.
	Source Source
	// Controls do what pages ask for. Default and nil: pages only watch.
	Controls Controls
	// MaxPeers is how many peers the program runs at most; pages are told. Default: 0.
	MaxPeers int
	// Tab is how a page's tab is to become a peer.
	Tab TabConfig
	// Origins lists the other web pages that may watch, as server.Config.Origins of signaling.
	// Default: none.
	Origins []string
	// Logger takes what happens to feeds, at the level Debug. Default and nil:
	// slog.Default.
	Logger *slog.Logger
}

// TabConfig is how a tab becomes a peer of the overlay.
type TabConfig struct {
	// Network is that of the peers.
	Network string
	// Protocols are to be spawned, as the page's API takes them: {"use": "spray", …}.
	Protocols []map[string]any
	// Chat names the protocol by which the tab talks to others.
	Chat string
}

// Controls do what pages ask the program for. Each returns when it is done, at the
// latest when ctx is; errors that wrap a messages.Code are told with it. A room's
// methods may be called at the same time, one a page.
type Controls interface {
	// Add starts so many peers, 1 to Config.MaxPeers.
	Add(ctx context.Context, count int) error
	// Crash ends one of the program's own peers without a word to its neighbours.
	Crash(ctx context.Context, peer messages.PeerID) error
	// Leave ends one in order.
	Leave(ctx context.Context, peer messages.PeerID) error
	// Serve starts or stops the signaling server.
	Serve(ctx context.Context, run bool) error
	// Say broadcasts a text from one of the program's own peers, 1 to 500 characters.
	Say(ctx context.Context, peer messages.PeerID, text string) error
}

// controlNames are what a page with Controls is told that it may do.
var controlNames = []string{"add", "crash", "leave", "server", "say"}

// Validate names the first field that breaks its rule.
func (c Config) Validate() error {
	switch {
	case c.Program != "demo" && c.Program != "signal":
		return fmt.Errorf("live: Config.Program is %q, must be demo or signal", c.Program)
	case c.Source == nil:
		return errors.New("live: Config.Source is missing")
	case c.MaxPeers < 0:
		return fmt.Errorf("live: Config.MaxPeers is %d, must be at least 0", c.MaxPeers)
	}
	if err := messages.CheckRoom(c.Room); err != nil {
		return fmt.Errorf("live: Config.Room: %w", err)
	}
	for _, pattern := range c.Origins {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return fmt.Errorf("live: Config.Origins: %q is no pattern of a host", pattern)
		}
	}
	return nil
}
