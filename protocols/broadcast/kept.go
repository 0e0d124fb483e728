package broadcast

import (
	"slices"
	"time"
)

// maxKept is how many messages are kept for neighbors.
const maxKept = 4096

// kept holds the messages of the last window in the order of their delivery. It has
// at most maxKept messages and a limited number of bytes.
type kept struct {
	messages []keptMessage
	dropped  int                 // how many messages at the front were dropped already
	of       map[source][]uint64 // the sequence numbers of each source, in order
	bytes    int
}

type keptMessage struct {
	flood
	at time.Time
}

func newKept() kept { return kept{of: map[source][]uint64{}} }

// all returns the kept messages. They are valid until the next change.
func (k *kept) all() []keptMessage { return k.messages[k.dropped:] }

func (k *kept) add(m flood, now time.Time, most int) {
	k.messages = append(k.messages, keptMessage{m, now})
	k.of[sourceOf(m.id)] = append(k.of[sourceOf(m.id)], m.id.Seq)
	k.bytes += len(m.payload)
	for k.bytes > most || len(k.all()) > maxKept {
		k.drop()
	}
}

// first returns the first kept number of a source. If there is none, it returns
// otherwise.
func (k *kept) first(s source, otherwise uint64) uint64 {
	if seqs := k.of[s]; len(seqs) > 0 {
		return seqs[0]
	}
	return otherwise
}

// last returns the last kept number of a source, if there is one.
func (k *kept) last(s source) (uint64, bool) {
	if seqs := k.of[s]; len(seqs) > 0 {
		return seqs[len(seqs)-1], true
	}
	return 0, false
}

// since returns the first kept number of each source that came then or later.
func (k *kept) since(then time.Time) map[source]uint64 {
	first := map[source]uint64{}
	for _, m := range slices.Backward(k.all()) {
		if m.at.Before(then) {
			break
		}
		first[sourceOf(m.id)] = m.id.Seq
	}
	return first
}

// expire drops the messages that came before then.
func (k *kept) expire(then time.Time) {
	for len(k.all()) > 0 && k.all()[0].at.Before(then) {
		k.drop()
	}
}

// drop drops the oldest message. Those of a source go in the order of their
// numbers. The space at the front is used again when it is half of all.
func (k *kept) drop() {
	m := k.all()[0]
	k.bytes -= len(m.payload)
	if seqs := k.of[sourceOf(m.id)][1:]; len(seqs) > 0 {
		k.of[sourceOf(m.id)] = seqs
	} else {
		delete(k.of, sourceOf(m.id))
	}
	k.messages[k.dropped] = keptMessage{}
	if k.dropped++; 2*k.dropped >= len(k.messages) {
		k.messages = slices.Delete(k.messages, 0, k.dropped)
		k.dropped = 0
	}
}
