package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/signaling/server"
)

// defaultRoom is the room that the live page of a signaling server shows by default.
const defaultRoom = "lobby"

// signalOptions are the flags of n2n signal.
type signalOptions struct {
	listen string
	web    bool
	room   string
	config server.Config
}

func newSignal(c *console.Console) *cobra.Command {
	o := signalOptions{listen: ":5555", room: defaultRoom, config: server.DefaultConfig()}
	cmd := &cobra.Command{
		Use:   "signal",
		Short: "Run a signaling server, through which peers enter a room",
		Long: `Run a signaling server: rooms over WebSocket in which peers meet. It passes on
the offers and answers of newcomers and sees nothing of what peers exchange.
Ctrl-C or SIGTERM ends it in order; peers that have neighbours go on without it.

With --web it also serves a live page: who is in a room, and the arcs that tabs
tell of; a tab can enter there as a peer. /?room=NAME shows another room than that
of --room. Everyone who can reach the address can look into all rooms.`,
		Example: console.Examples(
			"n2n signal",
			"n2n signal --listen 127.0.0.1:0                a free port, for this machine only",
			"n2n signal --web --room chat                   with a live page at http://localhost:5555",
			"n2n signal --origin https://chat.example.org   lets the pages of a web site in",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("room") && !o.web {
				return console.Usagef("signal: --room is what the live page shows, and needs --web; rooms begin with their first member")
			}
			if err := checkRoom("signal", o.room); err != nil {
				return console.Usage(err)
			}
			o.config.Logger = c.Logger()
			return serve(cmd.Context(), c, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", o.listen, "`address` to listen on, as host:port; port 0 takes a free one")
	flags.BoolVar(&o.web, "web", false, "serve a live page of the rooms, too")
	flags.StringVar(&o.room, "room", o.room, "`name` of the room that the page shows, 1 to 64 bytes")
	flags.StringArrayVar(&o.config.Origins, "origin", nil, "let web pages of this `origin` in, beside those of the server's own host (repeatable; '*': all)")
	flags.IntVar(&o.config.MaxMembers, "max-members", o.config.MaxMembers, "`most` members of a room; -1: no limit")
	return cmd
}

// serve runs a signaling server until ctx is done.
func serve(ctx context.Context, c *console.Console, o signalOptions) error {
	if err := o.config.Validate(); err != nil {
		return console.Usage(err)
	}
	listener, err := server.Listen(ctx, o.listen)
	if err != nil {
		return err
	}
	if o.web {
		return serveWithPage(ctx, c, listener, o.config, o.room)
	}
	rooms, err := server.New(o.config)
	if err != nil {
		return err
	}
	announceServer(c, listener.Addr())
	return rooms.Serve(ctx, listener)
}
