package worlds

import (
	"context"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/arcs"
	"github.com/n2n-overlay/n2n/sim/faults"
)

// byArcs is a World in package sim/arcs.
type byArcs struct {
	*arcs.World
	seed    uint64
	configs []*actors.Config // that differ
}

// Arcs makes a simulated world at the level of arcs, in which peers have no actors.
func Arcs(config arcs.Config) (World, error) {
	w, err := arcs.New(config)
	if err != nil {
		return nil, err
	}
	return &byArcs{World: w, seed: config.Seed}, nil
}

func (w *byArcs) Name() string { return "sim" }

func (w *byArcs) Identity(number uint64) actors.Identity { return sim.NewIdentity(w.seed, number) }

func (w *byArcs) Start(s Start) (Peer, error) {
	if s.Fit != nil {
		return nil, fmt.Errorf("the level of arcs has no actors to fit: use the level of actors")
	}
	p, err := w.World.Start(s.Identity.ID(), w.config(s.Config))
	if err != nil {
		return nil, err
	}
	return &arcsPeer{p}, w.Err()
}

// config returns a copy of a Config that all peers with the same one share.
func (w *byArcs) config(c actors.Config) *actors.Config {
	for _, known := range w.configs {
		if *known == c {
			return known
		}
	}
	w.configs = append(w.configs, &c)
	return &c
}

func (w *byArcs) Run(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.World.Run(d)
}

func (w *byArcs) Settle(...Peer) {}

func (w *byArcs) Faults() *faults.Faults { return w.World.Faults }

func (w *byArcs) StopServer() error {
	w.World.StopServer()
	return nil
}

func (w *byArcs) StartServer() error {
	w.World.StartServer()
	return nil
}

func (w *byArcs) Totals() Totals {
	t := w.World.Totals()
	return Totals{
		Events: t.Events, Turns: t.Turns, FramesSent: t.Frames, BytesSent: t.Bytes, Lost: t.Lost, ServerSignals: t.ServerSignals,
	}
}

// Tables returns the tables of some peers, which are quicker to read than snapshots.
func (w *byArcs) Tables(peers []Peer) *arcs.Tables {
	all := make([]*arcs.Peer, len(peers))
	for i, p := range peers {
		all[i] = p.(*arcsPeer).Peer
	}
	return w.World.Tables(all)
}

func (w *byArcs) Close() error {
	w.World.Close()
	return w.Err()
}

// Lobby returns the lobby of the world. Call it before the first peer starts.
func (w *byArcs) Lobby() Lobby {
	return &arcsLobby{world: w, refused: w.OpenHall(), peers: map[messages.PeerID]*arcs.Peer{}}
}

// arcsLobby is a Lobby in package sim/arcs.
type arcsLobby struct {
	world   *byArcs
	refused error // why there is no hall; no peer starts then
	peers   map[messages.PeerID]*arcs.Peer
}

func (l *arcsLobby) Start(identity actors.Identity, config actors.Config) (Peer, error) {
	if l.refused != nil {
		return nil, l.refused
	}
	p, err := l.world.World.Start(identity.ID(), &config)
	if err != nil {
		return nil, err
	}
	l.peers[identity.ID()] = p
	return &arcsPeer{p}, l.world.Err()
}

func (l *arcsLobby) Connect(from, to messages.PeerID) (undo func()) {
	return l.world.Connect(from, to)
}

func (l *arcsLobby) Join(peer messages.PeerID, room string) Entry {
	e := &arcsEntry{}
	e.forsake = l.peers[peer].Join(room, func(contact messages.PeerID, err error) {
		e.contact, e.ended, e.err = contact, true, err
	})
	return e
}

func (l *arcsLobby) Release()       {}
func (l *arcsLobby) Unlink()        {}
func (l *arcsLobby) Unlinked() bool { return false }
func (l *arcsLobby) Linked() int    { return l.world.Linked() }

// arcsEntry is an Entry in package sim/arcs.
type arcsEntry struct {
	contact messages.PeerID
	ended   bool
	err     error
	forsake func()
}

func (e *arcsEntry) Ended() (messages.PeerID, bool, error) { return e.contact, e.ended, e.err }
func (e *arcsEntry) Forsake()                              { e.forsake() }

// arcsPeer is a Peer in package sim/arcs.
type arcsPeer struct{ *arcs.Peer }

func (p *arcsPeer) Join(room string)                        { p.Enter(room) }
func (p *arcsPeer) Spawn(protocol protocols.Protocol) error { return p.Peer.Spawn(&protocol) }

func (p *arcsPeer) Subscribe(protocol string, notify func(any)) (cancel func()) {
	cancel, err := p.Peer.Subscribe(protocol, notify)
	if err != nil {
		return func() {} // Spawn of that protocol tells
	}
	return cancel
}

func (p *arcsPeer) SubscribeConnections(notify func(any)) (cancel func()) {
	return p.Subscribe("", notify)
}

// Snapshot has no Counters: the world sums them over all peers.
func (p *arcsPeer) Snapshot() (actors.Snapshot, error) {
	if p.Ended() {
		return actors.Snapshot{}, fmt.Errorf("snapshot: the peer has ended: %w", messages.ErrClosed)
	}
	s := actors.Snapshot{ID: p.ID(), Views: map[string]protocols.View{}, Held: p.Held()}
	for _, name := range p.Protocols() {
		s.Views[name] = p.View(name)
	}
	s.Connections, s.Lingering, s.Pending = p.Connections()
	return s, nil
}
