//go:build !js

package signaling

import (
	"math/rand/v2"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// room is the table of the members that can find each other.
type room struct {
	name    string
	members []*member // in the order in which they entered; nil: has left; members[i].at == i
	byID    map[messages.PeerID]*member
}

func newRoom(name string) *room {
	return &room{name: name, byID: make(map[messages.PeerID]*member)}
}

// add takes a member in, and returns the one of the same PeerID that it
// replaces, or nil.
func (r *room) add(m *member) *member {
	old := r.byID[m.id]
	if old != nil {
		r.remove(old)
	}
	m.room, m.at = r, len(r.members)
	r.members = append(r.members, m)
	r.byID[m.id] = m
	return old
}

// remove takes a member of this room out.
func (r *room) remove(m *member) {
	r.members[m.at] = nil
	delete(r.byID, m.id)
	m.room = nil
	if len(r.members) <= 2*len(r.byID)+16 {
		return
	}
	r.members = slices.DeleteFunc(r.members, func(m *member) bool { return m == nil })
	for i, m := range r.members {
		m.at = i
	}
}

// draw returns up to n members that entered before the asker, in an order in
// which all are equally likely; when there are none, of those that entered
// later. So the contacts of peers that enter together lead to the first of them:
// a protocol that knows no more than its contact cannot split the room.
func (r *room) draw(n int, asker *member, random *rand.Rand) []messages.PeerID {
	if earlier := sample(n, r.members[:asker.at], random); len(earlier) > 0 {
		return earlier
	}
	return sample(n, r.members[asker.at+1:], random)
}

// sample draws up to n of the members that have not left.
func sample(n int, members []*member, random *rand.Rand) []messages.PeerID {
	drawn := make([]messages.PeerID, 0, n)
	for range 4 * n {
		if len(drawn) == n || len(members) == 0 {
			return drawn
		}
		if m := members[random.IntN(len(members))]; m != nil && !slices.Contains(drawn, m.id) {
			drawn = append(drawn, m.id)
		}
	}
	// Few are left of many: look at all.
	all := slices.DeleteFunc(slices.Clone(members), func(m *member) bool { return m == nil })
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	drawn = drawn[:0]
	for _, m := range all[:min(n, len(all))] {
		drawn = append(drawn, m.id)
	}
	return drawn
}
