package room

import (
	"math/rand/v2"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// Room is the table of the members of one room.
type Room[M any] struct {
	name  string
	seats []*Seat[M] // in the order of entering; nil: has left; seats[i].at == i
	byID  map[messages.PeerID]*Seat[M]
}

// Seat is the place of a member in a room.
type Seat[M any] struct {
	Member M
	ID     messages.PeerID
	room   *Room[M] // nil: not in a room
	at     int      // index in room.seats
}

// New returns a room without members.
func New[M any](name string) *Room[M] {
	return &Room[M]{name: name, byID: make(map[messages.PeerID]*Seat[M])}
}

// Room returns the room of the member, or nil when it is in none.
func (s *Seat[M]) Room() *Room[M] { return s.room }

// Name returns the name that the room was made with.
func (r *Room[M]) Name() string { return r.name }

// Len returns the number of members.
func (r *Room[M]) Len() int { return len(r.byID) }

// Of returns the seat of a peer, or nil when it is not in the room.
func (r *Room[M]) Of(id messages.PeerID) *Seat[M] { return r.byID[id] }

// IDs lists the members in the order of entering.
func (r *Room[M]) IDs() []messages.PeerID {
	ids := make([]messages.PeerID, 0, len(r.byID))
	for _, s := range r.seats {
		if s != nil {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Add adds a member. It returns the member with the same PeerID that it replaces,
// or nil.
func (r *Room[M]) Add(s *Seat[M]) *Seat[M] {
	old := r.byID[s.ID]
	if old != nil {
		r.Remove(old)
	}
	s.room, s.at = r, len(r.seats)
	r.seats = append(r.seats, s)
	r.byID[s.ID] = s
	return old
}

// Remove removes a member of this room.
func (r *Room[M]) Remove(s *Seat[M]) {
	r.seats[s.at] = nil
	delete(r.byID, s.ID)
	s.room = nil
	if len(r.seats) <= 2*len(r.byID)+16 {
		return
	}
	r.seats = slices.DeleteFunc(r.seats, func(s *Seat[M]) bool { return s == nil })
	for i, s := range r.seats {
		s.at = i
	}
}

// Draw returns up to n members that entered before the asker, in random order. If
// there are none, it draws from those that entered later. So the contacts of peers
// that enter together lead to the first of them: a protocol that knows only its
// contact cannot split the room.
func (r *Room[M]) Draw(n int, asker *Seat[M], random *rand.Rand) []messages.PeerID {
	if earlier := sample(n, r.seats[:asker.at], random); len(earlier) > 0 {
		return earlier
	}
	return sample(n, r.seats[asker.at+1:], random)
}

// sample draws up to n members that have not left.
func sample[M any](n int, seats []*Seat[M], random *rand.Rand) []messages.PeerID {
	drawn := make([]messages.PeerID, 0, n)
	for range 4 * n {
		if len(drawn) == n || len(seats) == 0 {
			return drawn
		}
		if s := seats[random.IntN(len(seats))]; s != nil && !slices.Contains(drawn, s.ID) {
			drawn = append(drawn, s.ID)
		}
	}
	// Only few of many are left, so it looks at all.
	all := slices.DeleteFunc(slices.Clone(seats), func(s *Seat[M]) bool { return s == nil })
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	drawn = drawn[:0]
	for _, s := range all[:min(n, len(all))] {
		drawn = append(drawn, s.ID)
	}
	return drawn
}

// Over reports whether n exceeds a limit. -1 means no limit.
func Over(n, limit int) bool { return limit >= 0 && n > limit }
