package demo

import (
	"context"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// tell runs the story of the demo, step by step.
func (r *room) tell(ctx context.Context, show *progress) error {
	for range r.peers {
		m, err := r.start()
		if err != nil {
			return err
		}
		r.record.watch(m.Actors())
	}
	show.step("peers enter", r.peers)
	members := r.all()
	for i, m := range members {
		if err := r.enter(ctx, m, i == 0); err != nil {
			return err
		}
		show.at(i + 1)
	}
	r.stopServer()
	show.done("%d peers entered one after another; the signaling server passed on %d signals and was stopped", r.peers, r.entrance.stats().Signals)

	show.step("peers exchange arcs", r.peers)
	whole, err := r.build(ctx, show)
	if err != nil {
		return err
	}
	if whole {
		show.done("every peer has exchanged arcs with a neighbour, and the overlay is connected")
	} else {
		show.done("the overlay is not built yet, the broadcast starts nevertheless")
	}

	show.step("peers get the broadcast", r.peers)
	if err := r.broadcast(ctx, members[0], show); err != nil {
		return err
	}
	show.done("%d of %d peers got a broadcast of %s", r.record.deliveries(), r.peers, members[0].name)
	return r.settle(ctx)
}

// build waits until every peer has exchanged arcs since the server's stop, and
// the overlay is connected. It returns false when that takes too long.
func (r *room) build(ctx context.Context, show *progress) (whole bool, err error) {
	limited, cancel := context.WithTimeout(ctx, 4*r.period+10*time.Second)
	defer cancel()
	r.record.forgetExchanges()
	err = r.record.await(limited, func() bool {
		show.at(len(r.record.exchanged))
		return len(r.record.exchanged) == r.peers
	})
	for err == nil {
		var all []actors.Snapshot
		if all, err = r.snapshots(limited); err == nil && connected(all) {
			return true, nil
		}
		if err == nil {
			err = pause(limited, 100*time.Millisecond)
		}
	}
	return false, ctx.Err()
}

// broadcast publishes a message on a peer and waits until all have it, or the time for
// it is over.
func (r *room) broadcast(ctx context.Context, by *member, show *progress) error {
	limited, cancel := context.WithTimeout(ctx, deliverTimeout)
	defer cancel()
	r.record.publish()
	if _, err := by.Publish(limited, []byte(Message)); err != nil {
		return err
	}
	_ = r.record.await(limited, func() bool {
		show.at(len(r.record.delivered))
		return len(r.record.delivered) == r.peers
	})
	return ctx.Err()
}

// settle waits until each connection that has opened by now is authenticated on both
// sides, or has ended. Then it closes the record.
func (r *room) settle(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	r.record.shutDoors()
	_ = r.record.await(limited, r.record.settled)
	r.record.close()
	return ctx.Err()
}

// connected reports whether Spray's arcs, taken without direction, join all peers.
func connected(all []actors.Snapshot) bool {
	views := make(map[messages.PeerID]protocols.View, len(all))
	for _, s := range all {
		views[s.ID] = s.Views[node.Spray]
	}
	reached := map[messages.PeerID]bool{all[0].ID: true}
	for next := []messages.PeerID{all[0].ID}; len(next) > 0; next = next[1:] {
		for peer := range views[next[0]].Peers() {
			if !reached[peer] {
				reached[peer] = true
				next = append(next, peer)
			}
		}
	}
	return len(reached) == len(all)
}

// pause waits a while, unless ctx is done before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
