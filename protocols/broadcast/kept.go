package broadcast

import (
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

// maxKept is how many messages are kept for neighbors.
const maxKept = 4096

// kept holds the messages of the last window in the order of their delivery, and
// knows which of each source it has.
type kept struct {
	*protocols.Kept[flood]
	of map[source][]uint64 // the sequence numbers of each source, in order
}

func newKept(keep int) kept {
	of := map[source][]uint64{}
	// Those of a source go in the order of their numbers.
	return kept{protocols.NewKept(maxKept, keep, func(m flood) {
		if seqs := of[sourceOf(m.id)][1:]; len(seqs) > 0 {
			of[sourceOf(m.id)] = seqs
		} else {
			delete(of, sourceOf(m.id))
		}
	}), of}
}

func (k *kept) add(m flood, now time.Time) {
	k.of[sourceOf(m.id)] = append(k.of[sourceOf(m.id)], m.id.Seq)
	k.Add(m, len(m.payload), now)
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
	for m := range k.Since(then) {
		if _, known := first[sourceOf(m.id)]; !known {
			first[sourceOf(m.id)] = m.id.Seq
		}
	}
	return first
}
