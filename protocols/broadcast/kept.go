package broadcast

import (
	"slices"
	"time"
)

// maxKept is how many messages are kept for others.
const maxKept = 4096

// kept holds the messages of the last window in the order of their delivery, at
// most maxKept of them and at most so many bytes.
type kept struct {
	messages []keptMessage
	index    map[MessageID]flood
	first    map[source]uint64 // the first kept of each source
	bytes    int
}

type keptMessage struct {
	flood
	at time.Time
}

func newKept() kept { return kept{index: map[MessageID]flood{}, first: map[source]uint64{}} }

func (k *kept) add(m flood, now time.Time, most int) {
	k.messages = append(k.messages, keptMessage{m, now})
	k.index[m.id] = m
	if _, others := k.first[sourceOf(m.id)]; !others {
		k.first[sourceOf(m.id)] = m.id.Seq
	}
	k.bytes += len(m.payload)
	drop := 0
	for left := k.bytes; left > most || len(k.messages)-drop > maxKept; drop++ {
		left -= len(k.messages[drop].payload)
	}
	k.drop(drop)
}

// since returns the first kept of each source that came then or later.
func (k *kept) since(then time.Time) map[source]uint64 {
	first := map[source]uint64{}
	for i := len(k.messages) - 1; i >= 0 && !k.messages[i].at.Before(then); i-- {
		first[sourceOf(k.messages[i].id)] = k.messages[i].id.Seq
	}
	return first
}

// expire drops what came before then.
func (k *kept) expire(then time.Time) {
	drop := 0
	for drop < len(k.messages) && k.messages[drop].at.Before(then) {
		drop++
	}
	k.drop(drop)
}

// drop drops the oldest n. Those of a source go in the order of their numbers.
func (k *kept) drop(n int) {
	for _, m := range k.messages[:n] {
		k.bytes -= len(m.payload)
		delete(k.index, m.id)
		next := m.id
		next.Seq++
		// After a gap there may be later ones; nobody who lacks those in it can
		// have been told that we have them.
		if _, more := k.index[next]; more {
			k.first[sourceOf(m.id)] = next.Seq
		} else {
			delete(k.first, sourceOf(m.id))
		}
	}
	k.messages = slices.Delete(k.messages, 0, n)
}
