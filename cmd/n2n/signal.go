package main

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/signaling"
)

func newSignal(c *console) *cobra.Command {
	listen := ":5555"
	config := signaling.DefaultConfig()
	cmd := &cobra.Command{
		Use:   "signal",
		Short: "Run a signaling server, through which peers enter a room",
		Long: `Run a signaling server: rooms over WebSocket in which peers meet. It passes on
the offers and answers of newcomers and sees nothing of what peers exchange.
Ctrl-C or SIGTERM ends it in order; peers that have neighbours go on without it.`,
		Example: examples(
			"n2n signal",
			"n2n signal --listen 127.0.0.1:0                a free port, for this machine only",
			"n2n signal --origin https://chat.example.org   lets the pages of a web site in",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config.Logger = c.logger()
			return serve(cmd.Context(), c, listen, config)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&listen, "listen", listen, "`address` to listen on, as host:port; port 0 takes a free one")
	flags.StringArrayVar(&config.Origins, "origin", nil, "let web pages of this `origin` in, beside those of the server's own host (repeatable; '*': all)")
	flags.IntVar(&config.MaxMembers, "max-members", config.MaxMembers, "`most` members of a room; -1: no limit")
	return cmd
}

// serve runs a signaling server until ctx is done.
func serve(ctx context.Context, c *console, address string, config signaling.Config) error {
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	server, err := signaling.NewServer(config)
	if err != nil {
		return err
	}
	listener, err := signaling.Listen(ctx, address)
	if err != nil {
		return err
	}
	host := reachable(listener.Addr())
	fmt.Fprintf(c.out, "signaling server at ws://%s, its health at http://%s/healthz\n", host, host)
	return server.Serve(ctx, listener)
}

// reachable is an address as a client of this machine dials it.
func reachable(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
