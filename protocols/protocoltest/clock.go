package protocoltest

import (
	"container/heap"
	"time"

	"github.com/n2n-overlay/n2n/sim"
)

// Epoch is the time at which the virtual time of Port and Network begins.
var Epoch = sim.Epoch

// entry is an action at a point in virtual time.
type entry struct {
	at      time.Time
	seq     uint64 // keeps the order of entries that are due at the same time
	do      func()
	stopped bool
	done    bool
}

// Stop implements protocols.Timer.
func (e *entry) Stop() bool {
	if e.stopped || e.done {
		return false
	}
	e.stopped = true
	return true
}

// clock is a queue of entries in the order of their times.
type clock struct {
	now     time.Time
	seq     uint64
	entries entries
}

func (c *clock) after(d time.Duration, do func()) *entry {
	c.seq++
	e := &entry{at: c.now.Add(max(0, d)), seq: c.seq, do: do}
	c.push(e)
	return e
}

func (c *clock) push(e *entry) { heap.Push(&c.entries, e) }

// next removes and returns the first entry, if it is due by then.
func (c *clock) next(by time.Time) *entry {
	for len(c.entries) > 0 && !c.entries[0].at.After(by) {
		if e := heap.Pop(&c.entries).(*entry); !e.stopped {
			e.done = true
			if e.at.After(c.now) {
				c.now = e.at
			}
			return e
		}
	}
	return nil
}

type entries []*entry

func (e entries) Len() int { return len(e) }
func (e entries) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].seq < e[j].seq
}
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)   { *e = append(*e, x.(*entry)) }
func (e *entries) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*e = old[:len(old)-1]
	return last
}
