package loopback

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
)

// service is the signaling server of the world, which can be stopped and started.
// Clients find the address at which it listens now.
type service struct {
	log *slog.Logger

	mu      sync.Mutex
	running *server.Server
	address string // empty: stopped
	end     func()
}

func (s *service) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address != "" {
		return nil
	}
	running, err := server.New(server.Config{Logger: s.log, ShutdownTimeout: time.Second})
	if err != nil {
		return err
	}
	listener, err := server.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := running.Serve(ctx, listener); err != nil {
			s.log.Error("the signaling server failed", "error", err)
		}
	}()
	s.running, s.address, s.end = running, listener.Addr().String(), func() { cancel(); <-ended }
	return nil
}

func (s *service) stop() {
	s.mu.Lock()
	end := s.end
	s.address, s.end = "", nil
	s.mu.Unlock()
	if end != nil {
		end()
	}
}

func (s *service) members() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address == "" {
		return 0
	}
	return s.running.Stats().Members
}

func (s *service) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	s.mu.Lock()
	address := s.address
	s.mu.Unlock()
	if address == "" {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("the signaling server is stopped")}
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// link leads a client to the server.
func (s *service) link(c *client.Config) {
	c.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: s.dial, DisableKeepAlives: true}}
	c.BackoffMin, c.BackoffMax = 50*time.Millisecond, 200*time.Millisecond
}
