package broadcast

import (
	"container/list"
	"encoding/binary"
	"hash/fnv"

	"github.com/n2n-overlay/n2n/messages"
)

// source is one start of an origin.
type source struct {
	origin messages.PeerID
	epoch  uint64
}

// vector says for each source up to which sequence number all its messages were
// delivered, or were before our time. The exceptions of a version vector, which
// came out of order, wait elsewhere.
type vector struct {
	most    int
	entries map[source]*list.Element // of order
	order   list.List                // of *entry, the one heard of last at the back
	digest  uint64                   // of all entries
}

type entry struct {
	source
	delivered uint64
}

func newVector(most int) *vector { return &vector{most: most, entries: map[source]*list.Element{}} }

// delivered returns the last delivered sequence number of a source, if we know it.
func (v *vector) delivered(s source) (seq uint64, known bool) {
	if e := v.entries[s]; e != nil {
		return e.Value.(*entry).delivered, true
	}
	return 0, false
}

// raise notes that all messages of a source up to seq were delivered or given up.
// If there are too many sources, it forgets the one that was silent for longest.
func (v *vector) raise(s source, seq uint64) {
	element := v.entries[s]
	if element == nil {
		element = v.order.PushBack(v.entry(s))
		v.entries[s] = element
	}
	v.order.MoveToBack(element)
	v.note(element.Value.(*entry), seq)
}

// adopt is raise by hearsay. Sources that others only tell of are the first to be
// forgotten, so that a liar cannot push out real ones.
func (v *vector) adopt(s source, seq uint64) {
	element := v.entries[s]
	if element == nil {
		element = v.order.PushFront(v.entry(s))
		v.entries[s] = element
	}
	v.note(element.Value.(*entry), seq)
}

// entry makes space for a source, and returns a new entry.
func (v *vector) entry(s source) *entry {
	if len(v.entries) == v.most {
		v.forget(v.order.Front())
	}
	e := &entry{source: s}
	v.digest ^= e.hash()
	return e
}

func (v *vector) note(e *entry, seq uint64) {
	v.digest ^= e.hash()
	e.delivered = max(e.delivered, seq)
	v.digest ^= e.hash()
}

func (v *vector) forget(element *list.Element) {
	e := v.order.Remove(element).(*entry)
	delete(v.entries, e.source)
	v.digest ^= e.hash()
}

func (e *entry) hash() uint64 {
	h := fnv.New64a()
	h.Write(e.origin[:])
	h.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, e.epoch), e.delivered))
	return h.Sum64()
}

// latest calls f with up to n sources, latest first and without the first skip, and
// their delivered sequence numbers.
func (v *vector) latest(skip, n int, f func(source, uint64)) {
	for element := v.order.Back(); element != nil && n > 0; element = element.Prev() {
		if skip--; skip < 0 {
			e := element.Value.(*entry)
			f(e.source, e.delivered)
			n--
		}
	}
}

// maxAhead is how far a message may be ahead of the last delivered one of its
// source. No peer publishes that many.
const maxAhead = 1 << 32

// near reports whether seq, which is above delivered, is plausible.
func near(delivered, seq uint64) bool { return seq-delivered <= maxAhead }
