package plumtree

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// maxKept is how many messages are kept for neighbors that ask.
const maxKept = maxAnnouncements

// kept is a message that is kept for neighbors that ask.
type kept struct {
	gossip                   // hops: as at the next peer
	at     time.Time         // the time of arrival
	sent   []messages.PeerID // neighbors that got it on demand; none gets it twice
}

// cache holds the messages of the last window, at most maxKept of them and at
// most keep bytes.
type cache struct {
	messages []*kept // oldest first
	index    map[id]*kept
	bytes    int
}

func newCache() cache { return cache{index: map[id]*kept{}} }

func (c *cache) add(m *kept, keep int) {
	c.messages = append(c.messages, m)
	c.index[m.id] = m
	c.bytes += len(m.payload)
	drop := 0
	for left := c.bytes; left > keep || len(c.messages)-drop > maxKept; drop++ {
		left -= len(c.messages[drop].payload)
	}
	c.drop(drop)
}

// expire drops the messages that came before then.
func (c *cache) expire(then time.Time) {
	drop := 0
	for drop < len(c.messages) && c.messages[drop].at.Before(then) {
		drop++
	}
	c.drop(drop)
}

func (c *cache) drop(n int) {
	for _, m := range c.messages[:n] {
		c.bytes -= len(m.payload)
		delete(c.index, m.id)
	}
	clear(c.messages[:n])
	c.messages = c.messages[n:]
}
