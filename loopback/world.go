package loopback

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/faults"
	"github.com/n2n-overlay/n2n/sim/worlds"
	"github.com/n2n-overlay/n2n/wrtc"
)

// closePatience bounds the wait for connections that close.
const closePatience = 10 * time.Second

// Config describes the world, except its connections.
type Config struct {
	// Logger gets the logs of actors, server and clients. Nil: nothing is logged.
	Logger *slog.Logger
	// Loss is what the network loses in addition to real losses.
	Loss faults.Loss
	// Detection is how long a peer takes to notice that another is silent or behind
	// a partition. 0: 15 s, as in ICE.
	Detection time.Duration
}

// world implements worlds.World.
type world struct {
	log     *slog.Logger
	webrtc  wrtc.Config
	system  *actor.ActorSystem
	begun   time.Time
	network *network
	service *service
	peers   []*n2n.Peer

	mu   sync.Mutex
	told []func()      // calls of subscribers, still to be made
	news chan struct{} // holds one when there are some
}

// New returns a world without peers.
func New(config Config) (worlds.World, error) {
	log := config.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	webrtc, err := wrtc.LoopbackConfig()
	if err != nil {
		return nil, err
	}
	s := &service{log: log}
	if err := s.start(); err != nil {
		return nil, err
	}
	return &world{
		log: log, webrtc: webrtc, begun: time.Now(), network: newNetwork(config), service: s, news: make(chan struct{}, 1),
		system: actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log })),
	}, nil
}

func (w *world) Name() string { return "wrtc" }

// key is an identity that can give its key to the transport.
type key struct {
	*actors.KeyIdentity
	private ed25519.PrivateKey
}

func (w *world) Identity(uint64) actors.Identity {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(fmt.Sprintf("loopback: no random numbers: %v", err)) // the runtime has none either
	}
	return key{actors.NewIdentity(private), private}
}

func (w *world) Start(s worlds.Start) (worlds.Peer, error) {
	peer, err := n2n.Start(
		n2n.Network(func(c *wrtc.Config) { *c = w.webrtc }), n2n.Identity(s.Identity.(key).private),
		n2n.Signal("ws://signaling"), n2n.Link(w.service.link),
		n2n.System(w.system), n2n.Logger(w.log), n2n.Overlay(""),
		n2n.Config(func(c *actors.Config) { *c = s.Config }),
		n2n.World(func(given actors.World) actors.World {
			given = w.network.between(given)
			if s.Fit != nil {
				given = s.Fit(given)
			}
			return given
		}),
	)
	if err != nil {
		return nil, err
	}
	p := worlds.Of(peer.Actors(), func(pid *actor.PID, command any) { w.system.Root.Send(pid, command) }, w.tell)
	w.peers = append(w.peers, peer)
	return p, nil
}

// tell keeps the call of a subscriber until the world is called.
func (w *world) tell(call func()) {
	w.mu.Lock()
	w.told = append(w.told, call)
	w.mu.Unlock()
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// tellAll makes the calls of subscribers.
func (w *world) tellAll() {
	w.mu.Lock()
	told := w.told
	w.told = nil
	w.mu.Unlock()
	for _, call := range told {
		call()
	}
}

func (w *world) Run(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			w.tellAll()
			return ctx.Err()
		case <-w.news:
			w.tellAll()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// passes is how many snapshots it takes until a message has had all its effects in
// a peer's actors. A failure takes three.
const passes = 3

func (w *world) Settle(peers ...worlds.Peer) {
	for _, p := range peers {
		for range passes {
			_, _ = p.Snapshot() // a peer that has ended has none
		}
	}
	w.tellAll()
}

func (w *world) Elapsed() time.Duration { return time.Since(w.begun) }

func (w *world) Faults() *faults.Faults { return w.network.faults }

func (w *world) Between(a, b messages.PeerID) worlds.Between { return w.network.look(a, b) }

func (w *world) StopServer() error {
	w.service.stop()
	return nil
}

func (w *world) StartServer() error { return w.service.start() }

func (w *world) Members() int { return w.service.members() }

func (w *world) Totals() worlds.Totals { return worlds.Totals{} }

func (w *world) TraceHash() string { return "" }

// Close crashes the peers that are left.
func (w *world) Close() error {
	for _, p := range w.peers {
		p.Actors().Crash()
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, p := range w.peers {
			<-p.Done()
		}
	}()
	var err error
	select {
	case <-closed:
	case <-time.After(closePatience):
		err = errors.New("loopback: connections did not close in time")
	}
	w.service.stop()
	w.system.Shutdown()
	return err
}
