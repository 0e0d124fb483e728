package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/signaling"
	"github.com/n2n-overlay/n2n/wrtc"
)

const (
	demoRoom    = "demo"
	demoMessage = "hello from the first peer"
)

// room is a signaling server and the peers that meet there, in one process.
type room struct {
	log     *slog.Logger
	network wrtc.Config
	period  time.Duration
	system  *actor.ActorSystem
	record  *record
	members []*member

	server     *signaling.Server
	stopServer func() // returns when it has stopped
	url        string
}

// member is a peer of a room.
type member struct {
	*node
	name string // p1, p2, … in the order of entering
}

// newRoom starts the signaling server of a room, and no peers yet.
func newRoom(c *console, peers int) (*room, error) {
	network, err := wrtc.LoopbackConfig()
	if err != nil {
		return nil, err
	}
	log := c.logger()
	if c.verbose {
		network.Logger = log
	}
	server, err := signaling.NewServer(demoServer(c))
	if err != nil {
		return nil, err
	}
	listener, err := signaling.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := server.Serve(ctx, listener); err != nil {
			log.Error("the signaling server failed", "error", err)
		}
	}()
	return &room{
		log: log, network: network, period: demoPeriod(peers), system: newSystem(log), record: newRecord(),
		members: make([]*member, peers), server: server, url: "ws://" + listener.Addr().String(),
		stopServer: func() { stop(); <-stopped },
	}, nil
}

// demoPeriod is Spray's period in a room. The more peers exchange arcs, the more
// handshakes a second it takes, and they share the processors of one machine.
func demoPeriod(peers int) time.Duration {
	return max(time.Second, time.Duration(peers)*80*time.Millisecond)
}

// start starts the peers. None has entered then.
func (r *room) start() error {
	for i := range r.members {
		n, err := newNode(r.system, r.network, actors.DefaultConfig(), r.log, r.url)
		if err != nil {
			r.members = r.members[:i]
			return fmt.Errorf("demo: starting p%d: %w", i+1, err)
		}
		r.members[i] = &member{n, fmt.Sprintf("p%d", i+1)}
		r.record.watch(n.Peer)
	}
	return nil
}

// enter lets a peer enter, and waits until it has an arc. The first one finds
// nobody; had it not asked by then, it and the second could offer to each other.
func (r *room) enter(ctx context.Context, m *member) error {
	ctx, cancel := context.WithTimeout(ctx, enterTimeout)
	defer cancel()
	if err := m.run(r.period); err != nil {
		return fmt.Errorf("demo: %s: %w", m.name, err)
	}
	if _, err := m.Join(ctx, demoRoom); err != nil {
		return fmt.Errorf("demo: %s: %w", m.name, err)
	}
	inside := r.record.entered
	if m == r.members[0] {
		inside = r.record.alone
	}
	if err := r.record.await(ctx, func() bool { return inside[m.ID()] }); err != nil {
		return fmt.Errorf("demo: %s found no neighbour within %v: %w", m.name, enterTimeout, cmp.Or(r.record.failure(m.ID()), err))
	}
	return nil
}

// build waits until every peer has exchanged arcs since the server's stop, and
// the overlay is connected; false when that takes too long.
func (r *room) build(ctx context.Context, show *progress) (whole bool, err error) {
	limited, cancel := context.WithTimeout(ctx, 4*r.period+10*time.Second)
	defer cancel()
	r.record.forgetExchanges()
	err = r.record.await(limited, func() bool {
		show.at(len(r.record.exchanged))
		return len(r.record.exchanged) == len(r.members)
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

// broadcast publishes a message on the first peer and waits until all have it,
// or should have it.
func (r *room) broadcast(ctx context.Context, show *progress) error {
	limited, cancel := context.WithTimeout(ctx, deliverTimeout)
	defer cancel()
	r.record.publish()
	r.members[0].Tell(broadcastName, broadcast.Publish{Payload: []byte(demoMessage)})
	_ = r.record.await(limited, func() bool {
		show.at(len(r.record.delivered))
		return len(r.record.delivered) == len(r.members)
	})
	return ctx.Err()
}

// settle waits until none of the connections that have opened by now is half
// way: open, but not authenticated on both sides. Then it closes the record.
func (r *room) settle(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	r.record.shutDoors()
	_ = r.record.await(limited, r.record.settled)
	r.record.close()
	return ctx.Err()
}

// snapshots returns what all peers know.
func (r *room) snapshots(ctx context.Context) ([]actors.Snapshot, error) {
	all := make([]actors.Snapshot, len(r.members))
	for i, m := range r.members {
		s, err := m.Snapshot(ctx)
		if err != nil {
			return nil, fmt.Errorf("demo: %s: %w", m.name, err)
		}
		all[i] = s
	}
	return all, nil
}

// end lets all peers leave, and stops the rest.
func (r *room) end() {
	var left sync.WaitGroup
	for _, m := range r.members {
		if m == nil {
			continue
		}
		left.Go(func() {
			if err := m.end(); err != nil {
				r.log.Warn("a peer did not leave in order", "peer", m.name, "error", err)
			}
		})
	}
	left.Wait()
	r.stopServer()
	r.system.Shutdown()
}

// connected reports whether Spray's arcs, whatever their direction, join all peers.
func connected(all []actors.Snapshot) bool {
	views := make(map[messages.PeerID]protocols.View, len(all))
	for _, s := range all {
		views[s.ID] = s.Views[sprayName]
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
