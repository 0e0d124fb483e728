package lab

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/wrtc"
)

const (
	// poll is how often the lab looks what has become of the peers.
	poll = 2 * time.Millisecond
	// closePatience bounds the wait for connections that close.
	closePatience = 10 * time.Second
)

// webrtc is a lab's world of real connections on this machine.
type webrtc struct {
	log        *slog.Logger
	network    wrtc.Config
	system     *actor.ActorSystem
	begin      time.Time
	transports []*wrtc.Transport
	service    *service
}

// key is an identity whose key the transport can have.
type key struct {
	*actors.KeyIdentity
	private ed25519.PrivateKey
}

// WebRTC returns a world of real WebRTC over the loopback interface, with a
// signaling server of its own. log gets what actors, server and clients log.
func WebRTC(log *slog.Logger) (World, error) {
	network, err := wrtc.LoopbackConfig()
	if err != nil {
		return nil, err
	}
	s := &service{log: log}
	if err := s.start(); err != nil {
		return nil, err
	}
	return &webrtc{
		log: log, network: network, begin: time.Now(), service: s,
		system: actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log })),
	}, nil
}

func (w *webrtc) Identity() actors.Identity {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(fmt.Sprintf("lab: no random numbers: %v", err)) // the runtime has none either
	}
	return key{actors.NewIdentity(private), private}
}

func (w *webrtc) Start(identity actors.Identity, config actors.Config, fit func(actors.World) actors.World) (*actors.Peer, error) {
	network := w.network
	network.Key = identity.(key).private
	world, err := wrtc.NewWorld(network)
	if err != nil {
		return nil, err
	}
	w.transports = append(w.transports, world.Transport.(*wrtc.Transport))
	client, err := w.service.client(world.Identity)
	if err != nil {
		return nil, err
	}
	world.Rendezvous = client
	return actors.Start(w.system, fit(world), config)
}

func (w *webrtc) Command(pid *actor.PID, command any) { w.system.Root.Send(pid, command) }
func (w *webrtc) Leave(peer *actors.Peer)             { leaveLater(peer) }
func (w *webrtc) Elapsed() time.Duration              { return time.Since(w.begin) }

func (w *webrtc) Pass() error {
	time.Sleep(poll)
	return nil
}

// The faults are the lab's own, see gate.go.
func (w *webrtc) Partition(...[]messages.PeerID)           {}
func (w *webrtc) Repair()                                  {}
func (w *webrtc) Silence(messages.PeerID)                  {}
func (w *webrtc) Speak(messages.PeerID)                    {}
func (w *webrtc) Hold(messages.PeerID, messages.PeerID)    {}
func (w *webrtc) Release(messages.PeerID, messages.PeerID) {}

func (w *webrtc) StopServer() error {
	w.service.stop()
	return nil
}

func (w *webrtc) StartServer() error { return w.service.start() }

func (w *webrtc) Members() int { return w.service.members() }

func (w *webrtc) traits() traits { return traits{gated: true, relinks: true} }

func (w *webrtc) Close() error {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, t := range w.transports {
			t.Close()
			t.Wait()
		}
	}()
	var err error
	select {
	case <-closed:
	case <-time.After(closePatience):
		err = errors.New("lab: connections did not close in time")
	}
	w.service.stop()
	w.system.Shutdown()
	return err
}

// service is the signaling server of the lab, which can be stopped and started.
// Clients find it wherever it listens at the moment.
type service struct {
	log *slog.Logger

	mu      sync.Mutex
	server  *server.Server
	address string // empty: stopped
	end     func()
}

func (s *service) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address != "" {
		return nil
	}
	rooms, err := server.New(server.Config{Logger: s.log, ShutdownTimeout: time.Second})
	if err != nil {
		return err
	}
	listener, err := server.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := rooms.Serve(ctx, listener); err != nil {
			s.log.Error("the signaling server failed", "error", err)
		}
	}()
	s.server, s.address, s.end = rooms, listener.Addr().String(), func() { cancel(); <-ended }
	return nil
}

func (s *service) stop() {
	s.mu.Lock()
	end := s.end
	s.address, s.end = "", nil
	s.mu.Unlock()
	if end != nil {
		end()
	}
}

func (s *service) members() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address == "" {
		return -1
	}
	return s.server.Stats().Members
}

func (s *service) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	s.mu.Lock()
	address := s.address
	s.mu.Unlock()
	if address == "" {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("the signaling server is stopped")}
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

func (s *service) client(identity actors.Identity) (*client.Client, error) {
	return client.New(client.Config{
		URL: "ws://signaling", Identity: identity, Logger: s.log,
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: s.dial, DisableKeepAlives: true}},
		BackoffMin: 50 * time.Millisecond, BackoffMax: 200 * time.Millisecond,
	})
}
