package demo

import (
	"context"
	"net/http"
	"sync"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/server"
)

// entrance is a signaling server that can be stopped and started again.
type entrance struct {
	config server.Config

	mu     sync.Mutex
	server *server.Server // nil: stopped
	past   server.Stats   // sums over the servers before this one
}

// newEntrance returns a started entrance. The error names the field of the config that
// breaks its rule.
func newEntrance(config server.Config) (*entrance, error) {
	rooms, err := server.New(config)
	if err != nil {
		return nil, err
	}
	return &entrance{config: config, server: rooms}, nil
}

// ServeHTTP implements http.Handler.
func (e *entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rooms := e.current()
	if rooms == nil {
		http.Error(w, "the signaling server is stopped", http.StatusServiceUnavailable)
		return
	}
	rooms.ServeHTTP(w, r)
}

func (e *entrance) current() *server.Server {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.server
}

func (e *entrance) running() bool { return e.current() != nil }

// start starts the server, unless it runs.
func (e *entrance) start() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server != nil {
		return nil
	}
	rooms, err := server.New(e.config)
	e.server = rooms
	return err
}

// stop stops the server and returns when all links have ended. It may be called again.
func (e *entrance) stop() {
	e.mu.Lock()
	rooms := e.server
	e.server = nil
	e.mu.Unlock()
	if rooms == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), server.DefaultConfig().ShutdownTimeout)
	defer cancel()
	_ = rooms.Shutdown(ctx) // peers that did not go were cut off
	stats := rooms.Stats()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.past.Signals += stats.Signals
	e.past.Entered += stats.Entered
}

// stats are the present counts; Signals and Entered since the first start.
func (e *entrance) stats() server.Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	var stats server.Stats
	if e.server != nil {
		stats = e.server.Stats()
	}
	stats.Signals += e.past.Signals
	stats.Entered += e.past.Entered
	return stats
}

// members returns the peers in a room in the order in which they entered.
func (e *entrance) members(room string) []messages.PeerID {
	if rooms := e.current(); rooms != nil {
		return rooms.Members(room)
	}
	return nil
}
