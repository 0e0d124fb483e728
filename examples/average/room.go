package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/signaling/hall"
)

// maxPeers is the largest number of peers. The input of the n-th is 10·n.
const maxPeers = 1000

// tolerance is how far from the average the estimates may be at the end.
const tolerance = 0.01

// member is a peer of the room, and its last estimate.
type member struct {
	*n2n.Peer
	input float64
	last  pushsum.Estimate
}

// said is an estimate of a member.
type said struct {
	member   *member
	estimate pushsum.Estimate
}

// runRoom starts peers that find each other in a hall of this process, and waits
// until all of them know the average of their inputs.
func runRoom(ctx context.Context, peers int, out io.Writer) error {
	if peers < 1 || peers > maxPeers {
		return fmt.Errorf("-peers is %d, must be 1 to %d", peers, maxPeers)
	}
	lobby, err := hall.New(hall.Config{})
	if err != nil {
		return err
	}
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
	all, estimates := make([]*member, peers), make(chan said, 1000)
	sum := 0.0
	for i := range all {
		all[i], err = enter(ctx, system, lobby, float64(10*(i+1)), estimates)
		if err != nil {
			return err
		}
		defer all[i].Actors().Crash() // does nothing after a leave
		sum += all[i].input
	}
	average := sum / float64(peers)
	if err := agree(ctx, all, estimates, average); err != nil {
		return err
	}
	for _, m := range all {
		fmt.Fprintf(out, "%s has %3.0f, and thinks that the average is %.1f\n", m.ID().Short(), m.input, m.last.Average())
	}
	fmt.Fprintf(out, "It is %.1f.\n", average)
	for _, m := range all {
		err = errors.Join(err, m.Leave(ctx))
	}
	return err
}

// agree waits until the last estimates of all peers are of one epoch and close to the
// average.
func agree(ctx context.Context, all []*member, estimates <-chan said, average float64) error {
	for {
		select {
		case s := <-estimates:
			s.member.last = s.estimate
		case <-ctx.Done():
			return fmt.Errorf("the peers do not agree on %v: %w", average, context.Cause(ctx))
		}
		agreed := true
		for _, m := range all {
			off := math.Abs(m.last.Average() - average)
			agreed = agreed && m.last.Epoch == all[0].last.Epoch && off <= tolerance*average // NaN is not
		}
		if agreed {
			return nil
		}
	}
}

// enter starts a peer with an input.
func enter(ctx context.Context, system *actor.ActorSystem, lobby *hall.Hall, input float64, estimates chan<- said) (*member, error) {
	config := pushsum.DefaultConfig()
	config.Most = 10 * maxPeers
	config.Period, config.Skew = 50*time.Millisecond, 50*time.Millisecond // an epoch is 3 s
	average, err := pushsum.New(config, input)
	if err != nil {
		return nil, err
	}
	peer, err := n2n.Join(ctx, "room", n2n.Hall(lobby), n2n.System(system), n2n.Loopback(), n2n.With(average))
	if err != nil {
		return nil, err
	}
	m := &member{Peer: peer, input: input}
	actors.On(peer.Actors(), "pushsum", func(e pushsum.Estimate) {
		if e.Final {
			select {
			case estimates <- said{m, e}:
			default: // nobody waits for it any more
			}
		}
	})
	return m, nil
}
