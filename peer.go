package n2n

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/several"
	"github.com/n2n-overlay/n2n/wrtc"
)

// The names of the protocols that Publish, Messages, Request and Handle use.
const (
	broadcastName = "broadcast"
	unicastName   = "unicast"
)

// backlog is how many messages can wait for a loop over Messages.
const backlog = 1024

// MessageID is the name of a message.
type MessageID = messages.MessageID

// Message is a message that a peer of the room has published.
type Message struct {
	From    messages.PeerID // as the neighbors say: sign payloads if this must be sure
	Payload []byte          // not to be changed
	ID      MessageID
	// Missed is how many messages before this one were dropped, because no loop took them.
	Missed int
}

// Peer is a peer of a room. Its methods may be called from any goroutine.
type Peer struct {
	actors    *actors.Peer
	protocols []protocols.Protocol // that Enter starts
	patient   bool
	log       *slog.Logger
	lives     context.Context                                 // ends with the peer
	kept      atomic.Pointer[actors.Kept[messages.Delivered]] // for the first loop over Messages
	answer    atomic.Pointer[answer]
	serves    sync.Once
	// ownUnicast says that the protocol that answers requests is one of With.
	ownUnicast bool
	serving    chan struct{} // holds an element for each request in work
	done       chan struct{}
}

// Join starts a peer and enters a room of 1 to 64 bytes. It returns when the peer has
// entered; the overlay connects it to others from then on. When it fails, nothing is left of
// the peer. Errors: those of Start and Enter; neither Signal nor Hall is given.
func Join(ctx context.Context, room string, options ...Option) (*Peer, error) {
	if err := checkRoom(ctx, room); err != nil {
		return nil, err
	}
	p, err := Start(append(slices.Clip(options), enters)...)
	if err != nil {
		return nil, err
	}
	if _, err := p.Enter(ctx, room); err != nil {
		p.actors.Crash()
		<-p.done
		return nil, err
	}
	return p, nil
}

func checkRoom(ctx context.Context, room string) error {
	if ctx == nil {
		return errors.New("n2n: the context is nil")
	}
	if err := messages.CheckRoom(room); err != nil {
		return fmt.Errorf("n2n: %w", err)
	}
	return nil
}

// Start starts a peer that is in no room and runs no protocols before Enter: for programs
// that subscribe to its events first. Most programs use Join. Errors: those of the options
// and of actors.Start.
func Start(options ...Option) (*Peer, error) {
	s := &settings{network: wrtc.DefaultConfig(), config: actors.DefaultConfig()}
	for _, option := range options {
		if option == nil {
			return nil, errors.New("n2n: an option is nil")
		}
		if err := option(s); err != nil {
			return nil, fmt.Errorf("n2n: %w", err)
		}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.network.Key == nil {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, err
		}
		s.network.Key = key
	}
	service, err := s.service()
	if err != nil {
		return nil, err
	}
	all, err := s.protocols()
	if err != nil {
		return nil, fmt.Errorf("n2n: %w", err)
	}
	world, err := wrtc.NewWorld(s.network)
	if err != nil {
		return nil, err
	}
	transport := world.Transport.(*wrtc.Transport)
	world.Rendezvous = service
	if s.world != nil {
		world = s.world(world)
	}
	if s.enters && world.Rendezvous == nil {
		return nil, fmt.Errorf("n2n: nothing leads to other peers: give Signal the URL of a signaling server, or Hall a hall: %w", messages.ErrNoRendezvous)
	}
	system := s.system
	if system == nil {
		system = actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return s.log }))
	}
	peer, err := actors.Start(system, world, s.config)
	if err != nil {
		transport.Close()
		if s.system == nil {
			system.Shutdown()
		}
		return nil, err
	}
	lives, ended := context.WithCancel(context.Background())
	p := &Peer{
		actors: peer, protocols: all, patient: s.patient, log: s.log, lives: lives, ownUnicast: s.has(unicastName),
		serving: make(chan struct{}, maxServing), done: make(chan struct{}),
	}
	p.kept.Store(actors.Keep[messages.Delivered](peer, broadcastName, backlog))
	go func() {
		<-peer.Done()
		ended()
		transport.Wait()
		if s.system == nil {
			system.Shutdown()
		}
		close(p.done)
	}()
	return p, nil
}

// service returns the signaling services as one, nil if there is none.
func (s *settings) service() (actors.Rendezvous, error) {
	identity := actors.NewIdentity(s.network.Key)
	var all []several.Service
	if s.hall != nil {
		all = append(all, s.hall.Link(identity.ID()))
	}
	for _, url := range s.urls {
		config := client.Config{Logger: s.log}
		if s.link != nil {
			s.link(&config)
		}
		config.URL, config.Identity = url, identity
		link, err := client.New(config)
		if err != nil {
			return nil, err
		}
		all = append(all, link)
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	default:
		return several.New(several.Config{Services: all, Logger: s.log})
	}
}

// The first and the longest wait of a patient Enter between two attempts.
const (
	firstWait = 250 * time.Millisecond
	lastWait  = 5 * time.Second
)

// Enter starts the protocols of a peer of Start and enters a room, once. It returns a member
// of the room that the service named, zero when the peer is alone. After an error the peer
// still runs until Leave. Errors: those of actors.Peer.Spawn and Join.
func (p *Peer) Enter(ctx context.Context, room string) (contact messages.PeerID, err error) {
	if err := checkRoom(ctx, room); err != nil {
		return contact, err
	}
	for _, protocol := range p.protocols {
		if protocol.Name == unicastName && !p.ownUnicast {
			p.serve()
		}
		if _, err := p.actors.Spawn(ctx, protocol); err != nil {
			return contact, err
		}
	}
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		contact, err = p.actors.Join(ctx, room)
		if !p.patient || messages.CodeOf(err) != messages.ErrUnreachable {
			return contact, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return contact, fmt.Errorf("join: %w; before that: %w", context.Cause(ctx), err)
		}
	}
}

// ID is the name of the peer: the hash of its public key.
func (p *Peer) ID() messages.PeerID { return p.actors.ID() }

// Actors is the full handle of the peer.
func (p *Peer) Actors() *actors.Peer { return p.actors }

// Done is closed when the peer has ended and nothing of it is left.
func (p *Peer) Done() <-chan struct{} { return p.done }

// Err returns why the peer ended: nil after Leave. Read it once Done is closed.
func (p *Peer) Err() error { return p.actors.Err() }

// Publish sends a payload of at most 64 KiB to all peers of the room, this one included, and
// returns the name of the message. The payload is not to be changed afterwards. Errors: those
// of broadcast.Handle.Publish.
func (p *Peer) Publish(ctx context.Context, payload []byte) (MessageID, error) {
	return broadcast.Of(p.actors, broadcastName).Publish(ctx, payload)
}

// Messages iterates over the messages of the room, including those of this peer (From is its
// ID then). The first loop begins with the messages since Join, any other with those since its
// own start. Up to 1,024 messages wait for a loop; beyond that the oldest are dropped, and
// Message.Missed counts them. The loop ends when ctx or the peer ends, and can break earlier.
func (p *Peer) Messages(ctx context.Context) iter.Seq[Message] {
	return func(yield func(Message) bool) {
		kept := p.kept.Swap(nil)
		if kept == nil {
			kept = actors.Keep[messages.Delivered](p.actors, broadcastName, backlog)
		}
		for d, missed := range kept.All(ctx) {
			if !yield(Message{d.Origin, d.Payload, d.ID(), missed}) {
				return
			}
		}
	}
}

// Neighbors lists the peers with a connection in use, in the order of their names; none when
// the peer has ended.
func (p *Peer) Neighbors() []messages.PeerID {
	neighbors, _ := p.actors.Neighbors(context.Background())
	return neighbors
}

// Leave tells the others that the peer leaves, and returns when nothing of the peer is left.
// When ctx ends first, the peer ends without telling them, and Leave returns the cause of ctx.
// It may be called again.
func (p *Peer) Leave(ctx context.Context) error {
	err := p.actors.Leave(ctx)
	if ctx == nil || errors.Is(err, actors.ErrMayNotWait) {
		return err
	}
	select {
	case <-p.done:
		return err
	default:
	}
	select {
	case <-p.done:
		return err
	case <-ctx.Done():
		p.actors.Crash()
		return cmp.Or(err, context.Cause(ctx))
	}
}
