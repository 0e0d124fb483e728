package signaling

import (
	"math/rand/v2"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// room is the table of the members that can find each other.
type room[M any] struct {
	name  string
	seats []*seat[M] // in the order in which they entered; nil: has left; seats[i].at == i
	byID  map[messages.PeerID]*seat[M]
}

// seat is the place of a member.
type seat[M any] struct {
	member M
	id     messages.PeerID
	room   *room[M] // nil: not in a room (any more)
	at     int      // index in room.seats
}

func newRoom[M any](name string) *room[M] {
	return &room[M]{name: name, byID: make(map[messages.PeerID]*seat[M])}
}

// add takes a member in, and returns the one of the same PeerID that it
// replaces, or nil.
func (r *room[M]) add(s *seat[M]) *seat[M] {
	old := r.byID[s.id]
	if old != nil {
		r.remove(old)
	}
	s.room, s.at = r, len(r.seats)
	r.seats = append(r.seats, s)
	r.byID[s.id] = s
	return old
}

// remove takes a member of this room out.
func (r *room[M]) remove(s *seat[M]) {
	r.seats[s.at] = nil
	delete(r.byID, s.id)
	s.room = nil
	if len(r.seats) <= 2*len(r.byID)+16 {
		return
	}
	r.seats = slices.DeleteFunc(r.seats, func(s *seat[M]) bool { return s == nil })
	for i, s := range r.seats {
		s.at = i
	}
}

// draw returns up to n members that entered before the asker, in an order in
// which all are equally likely; when there are none, of those that entered
// later. So the contacts of peers that enter together lead to the first of them:
// a protocol that knows no more than its contact cannot split the room.
func (r *room[M]) draw(n int, asker *seat[M], random *rand.Rand) []messages.PeerID {
	if earlier := sample(n, r.seats[:asker.at], random); len(earlier) > 0 {
		return earlier
	}
	return sample(n, r.seats[asker.at+1:], random)
}

// sample draws up to n of the members that have not left.
func sample[M any](n int, seats []*seat[M], random *rand.Rand) []messages.PeerID {
	drawn := make([]messages.PeerID, 0, n)
	for range 4 * n {
		if len(drawn) == n || len(seats) == 0 {
			return drawn
		}
		if s := seats[random.IntN(len(seats))]; s != nil && !slices.Contains(drawn, s.id) {
			drawn = append(drawn, s.id)
		}
	}
	// Few are left of many: look at all.
	all := slices.DeleteFunc(slices.Clone(seats), func(s *seat[M]) bool { return s == nil })
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	drawn = drawn[:0]
	for _, s := range all[:min(n, len(all))] {
		drawn = append(drawn, s.id)
	}
	return drawn
}

// over reports whether n more than fills a limit, of which -1 is none.
func over(n, limit int) bool { return limit >= 0 && n > limit }
