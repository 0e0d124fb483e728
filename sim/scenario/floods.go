package scenario

import (
	"encoding/binary"
	"math"
)

// floods has the messages that a scenario published, and the peers that got them.
type floods struct {
	all []*flood
}

// flood is one message. Its payload begins with its number.
type flood struct {
	due  []int        // the peers that were alive when it was published
	got  map[int]bool // the peers that got it
	hops int          // at most
}

func (f *floods) payload(size int) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 0, size), uint64(len(f.all)))[:size]
}

func (f *floods) published(due []int) {
	f.all = append(f.all, &flood{due: append([]int(nil), due...), got: map[int]bool{}})
}

// delivered notes that a peer got a message.
func (f *floods) delivered(peer int, payload []byte, hops int) {
	if len(payload) < minPayload {
		return
	}
	number := binary.BigEndian.Uint64(payload)
	if number >= uint64(len(f.all)) {
		return
	}
	m := f.all[number]
	m.got[peer] = true
	m.hops = max(m.hops, hops)
}

// since sums up the messages from one on: the fraction of the due peers still alive
// that got them, and the most hops. NaN without any.
func (f *floods) since(first int, alive func(peer int) bool) (fraction, hops float64) {
	due, got := 0, 0
	hops = math.NaN()
	for _, m := range f.all[first:] {
		for _, peer := range m.due {
			if alive(peer) {
				due++
				if m.got[peer] {
					got++
				}
			}
		}
		hops = math.Max(float64(m.hops), zeroIfNaN(hops))
	}
	if due == 0 {
		return math.NaN(), hops
	}
	return float64(got) / float64(due), hops
}

func zeroIfNaN(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}
