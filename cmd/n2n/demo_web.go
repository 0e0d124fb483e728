package main

import (
	"context"
	"errors"
	"time"

	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/web/live"
	"github.com/n2n-overlay/n2n/wrtc"
)

// watchedRetry is the longest wait of a peer before it tries again to reach a
// signaling server that pages stop and start.
const watchedRetry = time.Second

// runDemoWeb tells the story of the demo while pages watch, and stays up for them
// until ctx is done.
func runDemoWeb(ctx context.Context, c *console, o demoOptions) error {
	begun := time.Now()
	listener, err := server.Listen(ctx, o.web)
	if err != nil {
		return err
	}
	defer listener.Close()
	door, err := newEntrance(demoServer(c))
	if err != nil {
		return err
	}
	network := wrtc.DefaultConfig()
	network.Loopback = true // for tabs on this machine; all others reach it too
	r := roomAt(c, network, o.peers, door, "ws://"+reachable(listener.Addr())+"/signal")
	r.retry = watchedRetry
	s := newStage(r)
	web, err := serveSite(c, listener, live.Config{
		Program: "demo", Room: demoRoom, Source: s, Controls: s, MaxPeers: maxPeers, Tab: tabConfig(r.period),
	}, door)
	if err != nil {
		r.end()
		return err
	}
	s.page = web.page
	defer func() {
		web.page.Close() // nobody starts peers any more
		r.end()
		web.stop()
	}()
	announce(c, listener.Addr(), true)

	failed := r.perform(ctx, c, begun, false)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if failed != nil {
		c.say("n2n: %v; the page stays", failed)
	}
	s.open()
	if err := s.Serve(ctx, true); err != nil {
		return errors.Join(failed, err)
	}
	c.say("the signaling server runs again, for tabs to enter; Ctrl-C ends the demo")
	<-ctx.Done()
	return failed
}
