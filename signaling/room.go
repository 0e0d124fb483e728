//go:build !js

package signaling

import (
	"math/rand/v2"

	"github.com/n2n-overlay/n2n/messages"
)

// room is the table of the members that can find each other.
type room struct {
	name    string
	members []*member // in no order; members[i].at == i
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
	last := len(r.members) - 1
	r.swap(m.at, last)
	r.members[last] = nil
	r.members = r.members[:last]
	delete(r.byID, m.id)
	m.room = nil
}

// draw returns up to n members other than the asker, in an order in which all
// are equally likely.
func (r *room) draw(n int, asker *member, random *rand.Rand) []messages.PeerID {
	others := len(r.members) - 1
	r.swap(asker.at, others)
	drawn := make([]messages.PeerID, 0, min(n, others))
	for i := range min(n, others) {
		r.swap(i, i+random.IntN(others-i))
		drawn = append(drawn, r.members[i].id)
	}
	return drawn
}

func (r *room) swap(i, j int) {
	a, b := r.members[i], r.members[j]
	r.members[i], r.members[j] = b, a
	a.at, b.at = j, i
}
