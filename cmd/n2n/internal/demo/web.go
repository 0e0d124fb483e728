package demo

import (
	"context"
	"errors"
	"time"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/site"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/web/live"
	"github.com/n2n-overlay/n2n/wrtc"
)

// watchedRetry is the longest wait of a peer before it tries again to reach a
// signaling server that pages stop and start.
const watchedRetry = time.Second

// Serve tells the story of the demo while pages at this address watch. It serves them
// until ctx is done.
func Serve(ctx context.Context, c *console.Console, peers int, address string, build site.Builder) error {
	begun := time.Now()
	listener, err := server.Listen(ctx, address)
	if err != nil {
		return err
	}
	defer listener.Close()
	door, err := newEntrance(server.Config{Logger: c.Logger()})
	if err != nil {
		return err
	}
	network := wrtc.DefaultConfig()
	network.Loopback = true // for tabs on this machine; all others reach it too
	r := roomAt(c, network, peers, door, "ws://"+site.Reachable(listener.Addr())+"/signal")
	r.retry = watchedRetry
	s := newStage(r)
	web, err := site.Serve(c, listener, live.Config{
		Program: "demo", Room: Room, Source: s, Controls: s, MaxPeers: MaxPeers, Tab: site.TabConfig(r.period),
	}, door, build)
	if err != nil {
		r.end()
		return err
	}
	s.page = web.Page
	defer func() {
		web.Page.Close() // nobody starts peers any more
		r.end()
		web.Stop()
	}()
	site.Announce(c, listener.Addr(), true)

	failed := r.perform(ctx, c, begun, false)
	if ctx.Err() != nil {
		return console.ErrInterrupted
	}
	if failed != nil {
		c.Say("n2n: %v; the page stays", failed)
	}
	s.open()
	if err := s.Serve(ctx, true); err != nil {
		return errors.Join(failed, err)
	}
	c.Say("the signaling server runs again, for tabs to enter; Ctrl-C ends the demo")
	<-ctx.Done()
	return failed
}
