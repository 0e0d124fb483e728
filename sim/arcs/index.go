package arcs

import (
	"encoding/binary"

	"github.com/n2n-overlay/n2n/messages"
)

// index gives each PeerID a small number, from 1. It is read by all workers, and
// changed only while none runs.
type index struct {
	ids   []messages.PeerID // by number
	table []uint32          // open addressing; 0: free
}

func newIndex() index { return index{ids: make([]messages.PeerID, 1), table: make([]uint32, 64)} }

func (x *index) place(id messages.PeerID) uint32 {
	h := binary.LittleEndian.Uint64(id[:8]) * 0x9e3779b97f4a7c15
	mask := uint32(len(x.table) - 1)
	i := uint32(h>>32) & mask
	for x.table[i] != 0 && x.ids[x.table[i]] != id {
		i = (i + 1) & mask
	}
	return i
}

// find returns the number of a PeerID, 0 when it has none.
func (x *index) find(id messages.PeerID) uint32 { return x.table[x.place(id)] }

// add returns the number of a PeerID, a new one if it has none.
func (x *index) add(id messages.PeerID) uint32 {
	i := x.place(id)
	if x.table[i] != 0 {
		return x.table[i]
	}
	if 2*len(x.ids) >= len(x.table) {
		x.table = make([]uint32, 4*len(x.table))
		for number := 1; number < len(x.ids); number++ {
			x.table[x.place(x.ids[number])] = uint32(number)
		}
		i = x.place(id)
	}
	x.ids = append(x.ids, id)
	x.table[i] = uint32(len(x.ids) - 1)
	return x.table[i]
}
