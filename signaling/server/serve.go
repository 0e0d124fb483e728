//go:build !js

package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Listen opens a TCP address (host:port; port 0 takes a free one) for Serve. Its
// errors say what to do.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("signaling: the address %s is in use: stop the program that listens there, or choose another port (0 takes a free one): %w", address, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("signaling: listening on %s is not permitted: choose a port from 1024 on: %w", address, err)
	default:
		return nil, fmt.Errorf("signaling: cannot listen on %s: give an address of this machine as host:port: %w", address, err)
	}
}

// ListenAndServe calls Listen and Serve.
func (s *Server) ListenAndServe(ctx context.Context, address string) error {
	listener, err := Listen(ctx, address)
	if err != nil {
		return err
	}
	return s.Serve(ctx, listener)
}

// Serve accepts links from a listener until ctx is done or the server is shut down.
// Then it closes the listener, ends the links of all members within
// Config.ShutdownTimeout, and returns nil. No goroutine is left.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	web := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.config.HandshakeTimeout,
		IdleTimeout:       s.config.HandshakeTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	var accepting sync.WaitGroup
	accepting.Go(func() { failed <- web.Serve(listener) })
	s.log.Info("signaling: serving", "address", listener.Addr().String())

	var broken error
	select {
	case <-ctx.Done():
	case <-s.closing:
	case broken = <-failed:
		broken = fmt.Errorf("signaling: serving on %s: %w", listener.Addr(), broken)
	}
	// The listener closes first, so that a peer that reconnects at once finds no
	// server.
	_ = listener.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.ShutdownTimeout)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		s.log.Info("signaling: stopped", "cause", err)
	}
	_ = web.Close()
	accepting.Wait()
	return broken
}
