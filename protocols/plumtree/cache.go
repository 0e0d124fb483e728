package plumtree

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxKept is how many messages are kept for neighbors that ask.
const maxKept = maxAnnouncements

// kept is a message that is kept for neighbors that ask.
type kept struct {
	gossip                   // hops: as at the next peer
	sent   []messages.PeerID // neighbors that got it on demand; none gets it twice
}

// cache holds the messages of the last window, with an index.
type cache struct {
	*protocols.Kept[*kept]
	index map[id]*kept
}

func newCache(keep int) cache {
	index := map[id]*kept{}
	return cache{protocols.NewKept(maxKept, keep, func(m *kept) { delete(index, m.id) }), index}
}

func (c *cache) add(m gossip, now time.Time) {
	k := &kept{gossip: m}
	c.index[m.id] = k
	c.Add(k, len(m.payload), now)
}
