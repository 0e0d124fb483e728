//go:build !js

package server

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Pipe is a listener in memory, for a Server and its Clients in one process without
// a network, such as in a bubble of testing/synctest:
//
//	pipe := server.NewPipe()
//	go srv.Serve(ctx, pipe)
//	client, err := client.New(client.Config{
//		URL:        "ws://signaling",
//		HTTPClient: pipe.HTTPClient(),
//		Identity:   identity,
//	})
type Pipe struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

// NewPipe returns an open listener.
func NewPipe() *Pipe {
	return &Pipe{dialled: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (p *Pipe) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialled:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It may be called again.
func (p *Pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *Pipe) Addr() net.Addr { return pipeAddr{} }

// DialContext connects to the listener. It ignores the address.
func (p *Pipe) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	err := net.ErrClosed
	select {
	case p.dialled <- there:
		return here, nil
	case <-p.closed:
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = here.Close()
	_ = there.Close()
	return nil, &net.OpError{Op: "dial", Net: network, Addr: pipeAddr{}, Err: err}
}

// HTTPClient returns a client that reaches only this listener.
func (p *Pipe) HTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: p.DialContext, DisableKeepAlives: true}}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
