// Package demo runs a room of peers in one process. They enter through a signaling
// server, build an overlay without it, and broadcast a message along it.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/internal/console"
)

// The number of peers of a demo.
const (
	MinPeers = 2
	MaxPeers = 200
)

// Room is the room of a demo, and Message is the message that is broadcast there.
const (
	Room    = "demo"
	Message = "hello from the first peer"
)

// How long the steps of a demo may take.
const (
	enterTimeout   = 30 * time.Second // of one peer
	deliverTimeout = 15 * time.Second
	settleTimeout  = 10 * time.Second // an authentication that takes 5 s has failed
)

// Run runs the demo from the first peer's start to the last peer's end.
func Run(ctx context.Context, c *console.Console, peers int, asJSON bool) (err error) {
	begun := time.Now()
	r, err := newRoom(c, peers)
	if err != nil {
		return err
	}
	defer func() {
		r.end()
		if ctx.Err() != nil {
			err = console.ErrInterrupted
		}
	}()
	return r.perform(ctx, c, begun, asJSON)
}

// perform tells the story and prints the report.
func (r *room) perform(ctx context.Context, c *console.Console, begun time.Time, asJSON bool) error {
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
		err = json.NewEncoder(c.Out).Encode(report.Summary)
	} else {
		err = report.print(c.Out)
	}
	return errors.Join(err, report.failure())
}

// failure returns an error that names the peers that did not get the broadcast, if any.
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
