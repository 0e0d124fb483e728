package main

import (
	"fmt"
	"net"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/demo"
	"github.com/n2n-overlay/n2n/internal/console"
)

// demoOptions are the flags of n2n demo.
type demoOptions struct {
	peers int
	json  bool
	web   string // empty: not served
}

func newDemo(c *console.Console) *cobra.Command {
	o := demoOptions{peers: 8}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a room of peers that build an overlay and broadcast along it",
		Long: `Start a signaling server and a room of WebRTC peers in this process. The peers
enter through the server, one after another; then it is stopped. They go on
building their Spray overlay through their neighbours alone, and one of them
broadcasts a message. Exits with 0 if every peer got it, with 1 if not.

With --web it serves a live page of the overlay meanwhile, and goes on after that
until Ctrl-C, with the signaling server running again: open the page to see the
overlay move, enter it with your browser's tab, talk to the others, crash and add
peers. Everyone who can reach the address can do so; 127.0.0.1:PORT is for this
machine only.`,
		Example: console.Examples(
			"n2n demo",
			"n2n demo --peers 50",
			"n2n demo --peers 12 --json   one JSON object, for programs",
			"n2n demo --web :8080         a live page at http://localhost:8080, for browsers in the network",
			"n2n demo --web 127.0.0.1:0   the same on a free port, for this machine only",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(cmd.Flags().Changed("web")); err != nil {
				return err
			}
			if o.web != "" {
				return demo.Serve(cmd.Context(), c, o.peers, o.web, buildTab)
			}
			return demo.Run(cmd.Context(), c, o.peers, o.json)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.peers, "peers", o.peers, fmt.Sprintf("`number` of peers, %d to %d", demo.MinPeers, demo.MaxPeers))
	flags.BoolVar(&o.json, "json", false, "print one JSON object and nothing else")
	flags.StringVar(&o.web, "web", "", "serve the live page at this `address`, host:port, and stay up; port 0 takes a free one")
	return cmd
}

// validate returns an error for a wrong call. Served means that --web has an address.
func (o demoOptions) validate(served bool) error {
	switch {
	case o.peers < demo.MinPeers || o.peers > demo.MaxPeers:
		return console.Usagef("demo: --peers is %d, must be %d to %d", o.peers, demo.MinPeers, demo.MaxPeers)
	case served && o.json:
		return console.Usagef("demo: --json is for a demo that ends; with --web it stays up")
	case served:
		return checkAddress("demo", "web", o.web)
	}
	return nil
}

// checkAddress returns an error that says what is wrong with an address to listen on.
func checkAddress(command, flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return console.Usagef("%s: --%s is %.100q, want host:port, such as :8080 or 127.0.0.1:8080", command, flag, address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return console.Usagef("%s: --%s has the port %.20q, want 0 to 65535 (0 takes a free one)", command, flag, port)
	}
	return nil
}
