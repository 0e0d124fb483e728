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
	// Program is the name of the program that the page belongs to. Pages are told.
	// Default: none.
	Program string
	// Room is the room of pages that name none. It is watched all the time. Required, 1 to 64
	// bytes of UTF-8.
	Room string
	// Rooms says whether pages may also watch other rooms. Default: false.
	Rooms bool
	// Source knows the state of the rooms. Required.
	Source Source
	// Controls execute the commands of pages. Nil: pages can only watch. Default: nil.
	Controls Controls
	// MaxPeers is the most peers that the program runs. Pages are told. Default: 0.
	MaxPeers int
	// Tab says how a page's tab becomes a peer.
	Tab TabConfig
	// Origins lists the other web pages that may watch, as server.Config.Origins of signaling.
	// Default: none.
	Origins []string
	// Logger gets the events of feeds, at the level Debug. Default and nil: slog.Default.
	Logger *slog.Logger
}

// TabConfig says how a tab becomes a peer of the overlay.
type TabConfig struct {
	// Network is the name of the peers' network.
	Network string
	// Protocols are the protocols to spawn, in the form of the page's API: {"use": "spray",
	// …}.
	Protocols []map[string]any
	// Chat names the protocol over which the tab chats.
	Chat string
}

// Controls execute the commands of pages. Each method returns when it is done, or when ctx is
// done. If an error wraps a messages.Code, the page gets that code. Methods for one room may
// be called at the same time, at most one for each page.
type Controls interface {
	// Add starts count peers, 1 to Config.MaxPeers.
	Add(ctx context.Context, count int) error
	// Crash ends one of the program's own peers without notice to its neighbours.
	Crash(ctx context.Context, peer messages.PeerID) error
	// Leave lets one of the program's own peers leave in order.
	Leave(ctx context.Context, peer messages.PeerID) error
	// Serve starts or stops the signaling server.
	Serve(ctx context.Context, run bool) error
	// Say broadcasts a text of 1 to 500 characters from one of the program's own peers.
	Say(ctx context.Context, peer messages.PeerID, text string) error
}

// controlNames are the commands that a page with Controls can use.
var controlNames = []string{"add", "crash", "leave", "server", "say"}

// Validate returns an error that names the first invalid field, if there is one.
func (c Config) Validate() error {
	switch {
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
