package plumtree

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// maxMissing is how many messages are waited for. Further announcements are
	// ignored.
	maxMissing = 4096
	// maxMissingOf is how many of them one neighbor may have announced first.
	maxMissingOf = maxAnnouncements
)

// absent is a message that was announced and has not come.
type absent struct {
	id      id
	by      messages.PeerID // the neighbor that announced it first
	sources []teller
	timer   protocols.Timer
}

// teller is a neighbor that has announced a message.
type teller struct {
	peer messages.PeerID
	hops uint32
}

// missing holds the messages that were announced and have not come, in the order
// in which they were announced.
type missing struct {
	order []*absent
	index map[id]*absent
	of    map[messages.PeerID]int // how many each neighbor has announced first
}

func newMissing() missing {
	return missing{index: map[id]*absent{}, of: map[messages.PeerID]int{}}
}

// add notes an announcement. It returns the message if it is the first of it, and
// false where there is no room.
func (m *missing) add(a announcement, from messages.PeerID) (first *absent, ok bool) {
	x := m.index[a.id]
	if x == nil {
		if len(m.order) >= maxMissing || m.of[from] >= maxMissingOf {
			return nil, false
		}
		x = &absent{id: a.id, by: from}
		first = x
		m.order = append(m.order, x)
		m.index[a.id] = x
		m.of[from]++
	}
	if !slices.ContainsFunc(x.sources, func(s teller) bool { return s.peer == from }) {
		x.sources = append(x.sources, teller{from, a.hops})
	}
	return first, true
}

// remove ends the wait for a message.
func (m *missing) remove(x *absent) {
	x.timer.Stop()
	delete(m.index, x.id)
	if m.of[x.by]--; m.of[x.by] == 0 {
		delete(m.of, x.by)
	}
	m.order = slices.DeleteFunc(m.order, func(other *absent) bool { return other == x })
}

// forget takes a neighbor that is gone out of all announcements.
func (m *missing) forget(peer messages.PeerID) {
	for _, x := range m.order {
		x.sources = slices.DeleteFunc(x.sources, func(s teller) bool { return s.peer == peer })
	}
}
