package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/signaling/server"
)

// The number of peers of a demo.
const (
	minPeers = 2
	maxPeers = 200
)

// How long the steps of a demo may take.
const (
	enterTimeout   = 30 * time.Second // of one peer
	deliverTimeout = 15 * time.Second
	settleTimeout  = 10 * time.Second // an authentication that takes 5 s has failed
)

// demoOptions are the flags of n2n demo.
type demoOptions struct {
	peers int
	json  bool
	web   string // empty: not served
}

func newDemo(c *console) *cobra.Command {
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
		Example: examples(
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
				return runDemoWeb(cmd.Context(), c, o)
			}
			return runDemo(cmd.Context(), c, o)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.peers, "peers", o.peers, fmt.Sprintf("`number` of peers, %d to %d", minPeers, maxPeers))
	flags.BoolVar(&o.json, "json", false, "print one JSON object and nothing else")
	flags.StringVar(&o.web, "web", "", "serve the live page at this `address`, host:port, and stay up; port 0 takes a free one")
	return cmd
}

// validate says what cannot be meant so. served: an address was given.
func (o demoOptions) validate(served bool) error {
	switch {
	case o.peers < minPeers || o.peers > maxPeers:
		return usagef("demo: --peers is %d, must be %d to %d", o.peers, minPeers, maxPeers)
	case served && o.json:
		return usagef("demo: --json is for a demo that ends; with --web it stays up")
	case served:
		return checkAddress("demo", "web", o.web)
	}
	return nil
}

// runDemo is the demo from the first peer's start to the last one's end.
func runDemo(ctx context.Context, c *console, o demoOptions) (err error) {
	begun := time.Now()
	r, err := newRoom(c, o.peers)
	if err != nil {
		return err
	}
	defer func() {
		r.end()
		if ctx.Err() != nil {
			err = errInterrupted
		}
	}()
	return r.perform(ctx, c, begun, o.json)
}

// perform tells the story and prints what came of it.
func (r *room) perform(ctx context.Context, c *console, begun time.Time, asJSON bool) error {
	show := newProgress(c, asJSON)
	defer show.clear()
	if err := r.tell(ctx, show); err != nil {
		return err
	}
	report, err := r.report(ctx, begun)
	if err != nil {
		return err
	}
	show.clear()
	if asJSON {
		err = json.NewEncoder(c.out).Encode(report.summary)
	} else {
		err = report.print(c.out)
	}
	return errors.Join(err, report.failure())
}

// failure says which peers did not get the broadcast, if any.
func (r report) failure() error {
	var missed []string
	for _, p := range r.peers {
		if p.delivery == nil {
			missed = append(missed, fmt.Sprintf("%s (%s)", p.name, p.id.Short()))
		}
	}
	if len(missed) == 0 {
		return nil
	}
	return fmt.Errorf("demo: %d of %d peers did not get the broadcast within %v: %s",
		len(missed), len(r.peers), deliverTimeout, strings.Join(missed, ", "))
}

// demoServer is the configuration of the demo's signaling server: all links
// come from one address.
func demoServer(c *console) server.Config {
	config := server.DefaultConfig()
	config.Logger = c.logger()
	return config
}
