package n2n

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/unicast"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/hall"
	"github.com/n2n-overlay/n2n/wrtc"
)

// Option changes what Start and Join do.
type Option func(*settings) error

// settings holds the values that the options set.
type settings struct {
	urls    []string
	hall    *hall.Hall
	system  *actor.ActorSystem
	log     *slog.Logger
	link    func(*client.Config)
	network wrtc.Config
	world   func(actors.World) actors.World
	config  actors.Config
	overlay *string
	own     []protocols.Protocol
	patient bool
	enters  bool // Signal or Hall must be given
}

// has reports whether a protocol of With has this name.
func (s *settings) has(name string) bool {
	return slices.ContainsFunc(s.own, func(p protocols.Protocol) bool { return p.Name == name })
}

// once returns an error if an option is given twice.
func once(given bool, option string) error {
	if given {
		return fmt.Errorf("%s is given twice", option)
	}
	return nil
}

// Signal names signaling servers: ws://host:port, or wss:// where there is TLS. The peer
// enters through the first that answers, and stays linked to all.
func Signal(urls ...string) Option {
	return func(s *settings) error {
		for _, url := range urls {
			if slices.Contains(s.urls, url) {
				return fmt.Errorf("Signal: %q is named twice", url)
			}
			s.urls = append(s.urls, url)
		}
		return nil
	}
}

// Hall enters through a hall, which peers of one process share instead of a server.
func Hall(h *hall.Hall) Option {
	return func(s *settings) error {
		if h == nil {
			return errors.New("Hall: it is nil")
		}
		err := once(s.hall != nil, "Hall")
		s.hall = h
		return err
	}
}

// Link changes how the peer links to signaling servers: for example the HTTP client, or how
// often it tries again. URL and Identity are set after that.
func Link(change func(*client.Config)) Option {
	return func(s *settings) error {
		if change == nil {
			return errors.New("Link: it is nil")
		}
		err := once(s.link != nil, "Link")
		s.link = change
		return err
	}
}

// System puts the peer into an actor system of the caller, beside other actors. Default: a
// system of its own, which ends with the peer.
func System(system *actor.ActorSystem) Option {
	return func(s *settings) error {
		if system == nil {
			return errors.New("System: it is nil")
		}
		err := once(s.system != nil, "System")
		s.system = system
		return err
	}
}

// Identity is the key of the peer. Default: a new one.
func Identity(key ed25519.PrivateKey) Option {
	return func(s *settings) error {
		if len(key) != ed25519.PrivateKeySize {
			return fmt.Errorf("Identity: the key has %d bytes, must have %d", len(key), ed25519.PrivateKeySize)
		}
		err := once(s.network.Key != nil, "Identity or KeyFile")
		s.network.Key = key
		return err
	}
}

// ICE names STUN and TURN servers, which help to find a way through NATs. They are trusted.
func ICE(servers ...wrtc.ICEServer) Option {
	return func(s *settings) error {
		s.network.ICEServers = append(s.network.ICEServers, servers...)
		return nil
	}
}

// Loopback uses loopback addresses too, for peers and tabs on the same machine.
func Loopback() Option {
	return func(s *settings) error {
		s.network.Loopback = true
		return nil
	}
}

// Network changes the configuration of WebRTC beyond Identity, ICE and Loopback. It is given
// wrtc.DefaultConfig with the changes of the options before.
func Network(change func(*wrtc.Config)) Option {
	return func(s *settings) error {
		if change == nil {
			return errors.New("Network: it is nil")
		}
		change(&s.network)
		return s.network.Validate()
	}
}

// World changes the world of the peer just before it starts: for example to put something
// between the peer and its Transport.
func World(change func(actors.World) actors.World) Option {
	return func(s *settings) error {
		if change == nil {
			return errors.New("World: it is nil")
		}
		err := once(s.world != nil, "World")
		s.world = change
		return err
	}
}

// With runs protocols of the caller. One with the name of a default protocol (the overlay,
// broadcast or unicast) replaces it.
func With(all ...protocols.Protocol) Option {
	return func(s *settings) error {
		for _, p := range all {
			if s.has(p.Name) {
				return fmt.Errorf("With: protocol %q is given twice", p.Name)
			}
			if err := p.Validate(); err != nil {
				return fmt.Errorf("With: %w", err)
			}
			s.own = append(s.own, p)
		}
		return nil
	}
}

// Overlay names the protocol that decides who is connected to whom: spray (the default),
// cyclon, hyparview or fullmesh. With "" there is none, and no broadcast or unicast above it
// either: all protocols are those of With.
func Overlay(name string) Option {
	return func(s *settings) error {
		err := once(s.overlay != nil, "Overlay")
		s.overlay = &name
		return err
	}
}

// Logger gets the log of the peer and its actors. Default: nothing is logged.
func Logger(log *slog.Logger) Option {
	return func(s *settings) error {
		if log == nil {
			return errors.New("Logger: it is nil")
		}
		err := once(s.log != nil, "Logger")
		s.log = log
		return err
	}
}

// Config changes the deadlines and limits of the peer. Default: actors.DefaultConfig.
func Config(change func(*actors.Config)) Option {
	return func(s *settings) error {
		if change == nil {
			return errors.New("Config: it is nil")
		}
		change(&s.config)
		return s.config.Validate()
	}
}

// Patient goes on trying when no signaling server can be reached, until the context of Join
// or Enter ends. Default: they return with messages.ErrUnreachable.
func Patient() Option {
	return func(s *settings) error {
		s.patient = true
		return nil
	}
}

// enters requires Signal or Hall. Join adds it.
func enters(s *settings) error {
	s.enters = true
	return nil
}

// protocols lists the protocols of the peer, each after those that it builds over.
func (s *settings) protocols() ([]protocols.Protocol, error) {
	overlay := spray.DefaultConfig().Name
	if s.overlay != nil {
		overlay = *s.overlay
	}
	if overlay == "" {
		return s.own, nil
	}
	below, err := named(overlay)
	if err != nil {
		return nil, err
	}
	flood, direct := broadcast.DefaultConfig(), unicast.DefaultConfig()
	flood.Over, direct.Over = overlay, overlay
	above, err := broadcast.New(flood)
	if err != nil {
		return nil, err
	}
	beside, err := unicast.New(direct)
	if err != nil {
		return nil, err
	}
	var all []protocols.Protocol
	for _, p := range []protocols.Protocol{below, above, beside} {
		if !s.has(p.Name) {
			all = append(all, p)
		}
	}
	return append(all, s.own...), nil
}

// named makes the overlay protocol of a name.
func named(overlay string) (protocols.Protocol, error) {
	switch overlay {
	case "spray":
		return spray.New(spray.DefaultConfig())
	case "cyclon":
		return cyclon.New(cyclon.DefaultConfig())
	case "hyparview":
		return hyparview.New(hyparview.DefaultConfig())
	case "fullmesh":
		return fullmesh.New(fullmesh.DefaultConfig())
	default:
		return protocols.Protocol{}, fmt.Errorf("Overlay: %.40q is none of spray, cyclon, hyparview and fullmesh; give another one by With, beside Overlay(\"\")", overlay)
	}
}
