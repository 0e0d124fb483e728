package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/signaling"
	"github.com/n2n-overlay/n2n/web/live"
	"github.com/n2n-overlay/n2n/wrtc"
)

// watchedRetry is the longest wait of a peer before it tries again to reach a
// signaling server that pages stop and start.
const watchedRetry = time.Second

// runDemoWeb tells the story of the demo while pages watch, and stays up for them
// until ctx is done.
func runDemoWeb(ctx context.Context, c *console, o demoOptions) (err error) {
	begun := time.Now()
	listener, err := signaling.Listen(ctx, o.web)
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
	host := reachable(listener.Addr())
	r := roomAt(c, network, o.peers, door, "ws://"+host+"/signal")
	r.retry = watchedRetry
	s := newStage(r)
	s.page, err = live.New(live.Config{
		Program: "demo", Room: demoRoom, Source: s, Controls: s, MaxPeers: maxPeers,
		Tab: tabConfig(r.period.Milliseconds()), Logger: c.logger(),
	})
	if err != nil {
		r.end()
		return err
	}
	stop := serveHTTP(listener, webHandler(s.page, door), c.logger())
	defer func() {
		s.page.Close()
		r.end()
		stop()
	}()
	fmt.Fprintf(c.out, "live page at http://%s\n", host)
	if everybody(listener.Addr()) {
		c.say("everyone who can reach this machine can open it and press its buttons; --web 127.0.0.1:PORT keeps them out")
	}

	failed := r.perform(ctx, c, begun)
	if ctx.Err() != nil {
		return errInterrupted
	}
	s.open()
	if err := s.Serve(ctx, true); err != nil {
		return errors.Join(failed, err)
	}
	c.say("the signaling server runs again, for tabs to enter; Ctrl-C ends the demo")
	<-ctx.Done()
	return failed
}

// perform tells the story and prints what came of it.
func (r *room) perform(ctx context.Context, c *console, begun time.Time) error {
	show := newProgress(c, false)
	defer show.clear()
	if err := r.tell(ctx, show); err != nil {
		return err
	}
	report, err := r.report(ctx, begun)
	if err != nil {
		return err
	}
	show.clear()
	err = errors.Join(report.print(c.out), report.failure())
	if err != nil {
		c.say("n2n: %v", err)
	}
	return err
}
