package main

import (
	"context"
	"fmt"
	"net"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/site"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/web/live"
	webprogram "github.com/n2n-overlay/n2n/web/program"
)

// buildTab makes the program that a tab runs as a peer.
var buildTab site.Builder = webprogram.Build

// lobby is a live.Source of the rooms of a signaling server. It knows their members; all
// else comes from the reports of tabs.
type lobby struct{ server *server.Server }

// State implements live.Source.
func (l lobby) State(_ context.Context, room string) live.State {
	return live.State{Members: l.server.Members(room), Serving: true}
}

// serveWithPage serves a signaling server and the live page of its rooms until ctx is
// done. The page shows room unless its URL names another.
func serveWithPage(ctx context.Context, c *console.Console, listener net.Listener, config server.Config, room string) error {
	rooms, err := server.New(config)
	if err != nil {
		return err
	}
	web, err := site.Serve(c, listener, live.Config{
		Program: "signal", Room: room, Rooms: true, Source: lobby{rooms},
		Tab: site.TabConfig(spray.DefaultConfig().Period), Origins: config.Origins,
	}, rooms, buildTab)
	if err != nil {
		return err
	}
	announceServer(c, listener.Addr())
	site.Announce(c, listener.Addr(), false)
	<-ctx.Done()
	_ = listener.Close() // first, so that a peer that tries again at once finds no server
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), server.DefaultConfig().ShutdownTimeout)
	defer cancel()
	if err := rooms.Shutdown(grace); err != nil {
		config.Logger.Info("signaling: stopped", "cause", err)
	}
	web.Stop()
	return nil
}

// announceServer tells the user where a signaling server listens.
func announceServer(c *console.Console, address net.Addr) {
	host := site.Reachable(address)
	fmt.Fprintf(c.Out, "signaling server at ws://%s, its health at http://%s/healthz\n", host, host)
}

// checkRoom returns an error that says what is wrong with the name of a room.
func checkRoom(command, room string) error {
	if err := messages.CheckRoom(room); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}
