package hall

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/room"
)

// Config holds the limits of a Hall. In each field, 0 means the default.
type Config struct {
	// MaxMembers is the most members of a room. -1: no limit. Default 10,000.
	MaxMembers int
	// Queue is the most events that wait for a member. A signal that finds the queue
	// full is dropped, and its sender gets messages.Gone. Default 1,024.
	Queue int
}

// Validate returns an error that names the first invalid field, if there is one.
func (c Config) Validate() error {
	switch {
	case c.MaxMembers < -1:
		return fmt.Errorf("signaling: hall.Config.MaxMembers is %d, must be at least 1, or -1 for no limit", c.MaxMembers)
	case c.Queue < 0:
		return fmt.Errorf("signaling: hall.Config.Queue is %d, must be at least 1", c.Queue)
	}
	return nil
}

// Hall is a signaling service without a server. The peers of one process share it, meet
// in its rooms and exchange their signals directly. It allows and refuses the same
// things as a server.Server. But peers prove nothing, because they trust their process.
type Hall struct {
	config Config

	mu     sync.Mutex // guards the rooms, their members and the links
	rooms  map[string]*room.Room[*Link]
	random *rand.Rand
}

// New returns a hall without members. Its error names the invalid field of the config.
func New(config Config) (*Hall, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config.MaxMembers = cmp.Or(config.MaxMembers, 10_000)
	config.Queue = cmp.Or(config.Queue, 1024)
	return &Hall{
		config: config,
		rooms:  make(map[string]*room.Room[*Link]),
		random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	}, nil
}

// Link returns a peer's link to the hall. It has not entered yet.
func (h *Hall) Link(id messages.PeerID) *Link {
	return &Link{hall: h, id: id}
}

// admit adds a link to a room. The caller holds the lock.
func (h *Hall) admit(l *Link, name string) error {
	r := h.rooms[name]
	if r == nil {
		r = room.New[*Link](name)
	}
	if r.Of(l.id) == nil && room.Over(r.Len()+1, h.config.MaxMembers) {
		return fmt.Errorf("signaling: room %q of the hall has %d members, and no place for %s: try again later, or another room: %w",
			name, r.Len(), l.id.Short(), messages.ErrFull)
	}
	h.rooms[name] = r
	l.seat = &room.Seat[*Link]{Member: l, ID: l.id}
	if old := r.Add(l.seat); old != nil {
		old.Member.seat = nil
		old.Member.out.End(messages.RendezvousLost{Err: fmt.Errorf(
			"signaling: a newer link of peer %s entered room %q of the hall: give each peer an identity of its own: %w", l.id.Short(), name, messages.ErrDuplicate)})
	}
	l.out.Offer(messages.RendezvousEntered{Members: r.Len()})
	return nil
}

// dismiss removes a link from its room. The caller holds the lock.
func (h *Hall) dismiss(l *Link) {
	if l.seat == nil {
		return
	}
	r := l.seat.Room()
	r.Remove(l.seat)
	l.seat = nil
	if r.Len() == 0 {
		delete(h.rooms, r.Name())
	}
}
