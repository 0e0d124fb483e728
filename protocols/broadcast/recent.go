package broadcast

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// kept is a message that is offered to new neighbors.
type kept struct {
	id      id
	at      time.Time // when it came
	hops    uint32    // on arrival
	payload []byte
	asked   []messages.PeerID // who has got it on demand; nobody gets it twice
}

// recent holds the messages of the last window, at most maxIDs of them and at
// most keep bytes.
type recent struct {
	messages []*kept // the oldest first
	index    map[id]*kept
	bytes    int
}

func newRecent() recent { return recent{index: map[id]*kept{}} }

func (r *recent) add(m *kept, keep int) {
	r.messages = append(r.messages, m)
	r.index[m.id] = m
	r.bytes += len(m.payload)
	drop := 0
	for left := r.bytes; left > keep || len(r.messages)-drop > maxIDs; drop++ {
		left -= len(r.messages[drop].payload)
	}
	r.drop(drop)
}

// expire drops what came before then.
func (r *recent) expire(then time.Time) {
	drop := 0
	for drop < len(r.messages) && r.messages[drop].at.Before(then) {
		drop++
	}
	r.drop(drop)
}

func (r *recent) drop(n int) {
	for _, m := range r.messages[:n] {
		r.bytes -= len(m.payload)
		delete(r.index, m.id)
	}
	r.messages = slices.Delete(r.messages, 0, n)
}
