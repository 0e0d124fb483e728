package sim

import (
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// event is something that happens to one node at one instant. Its place in memory is
// the timer of the node if it is a call of the node's own.
type event struct {
	at       time.Duration // since the start of the world
	dst, src *node
	seq      uint64 // of src
	index    int    // in the schedule; -1 when not in it

	// Exactly one of these says what happens.
	call     func()
	delivery *delivery
}

// Stop implements actors.Timer.
func (e *event) Stop() bool {
	if e.index < 0 {
		return false
	}
	e.dst.worker.events.take(e)
	e.call = nil
	return true
}

// delivery is an event of a connection: an envelope arrives, or something else.
type delivery struct {
	event
	conn     *conn
	from     *conn            // of the other side, if it comes from there
	happens  actors.ConnEvent // nil: an envelope arrives
	class    protocols.Delivery
	envelope messages.Envelope
	size     int
	back     time.Duration // after it opens, until the other side does; 0: that does not
}

func (e *event) before(o *event) bool {
	switch {
	case e.at != o.at:
		return e.at < o.at
	case e.dst != o.dst:
		return e.dst.before(o.dst)
	case e.src != o.src:
		return e.src.before(o.src)
	default:
		return e.seq < o.seq
	}
}

// slot is an event's place in the schedule. It repeats the event's time, so that
// most comparisons touch no event, of which there are too many for the caches.
type slot struct {
	at    time.Duration
	event *event
}

func (s slot) before(o slot) bool {
	if s.at != o.at {
		return s.at < o.at
	}
	return s.event.before(o.event)
}

// schedule is a heap of events, four children to a node, from which events can
// be taken out before their time.
type schedule []slot

func (s *schedule) push(e *event) {
	*s = append(*s, slot{})
	s.up(len(*s)-1, slot{e.at, e})
}

// pop takes out the first event.
func (s *schedule) pop() *event {
	first := (*s)[0].event
	s.take(first)
	return first
}

// take takes out an event that is in the schedule.
func (s *schedule) take(e *event) {
	h := *s
	i, last := e.index, h[len(h)-1]
	h[len(h)-1] = slot{}
	*s = h[:len(h)-1]
	e.index = -1
	if e == last.event {
		return
	}
	if i > 0 && last.before((*s)[(i-1)/4]) {
		s.up(i, last)
	} else {
		s.down(i, last)
	}
}

func (s *schedule) up(i int, moved slot) {
	h := *s
	for i > 0 {
		parent := (i - 1) / 4
		if !moved.before(h[parent]) {
			break
		}
		h.put(i, h[parent])
		i = parent
	}
	h.put(i, moved)
}

func (s *schedule) down(i int, moved slot) {
	h := *s
	for {
		least := -1
		for c := 4*i + 1; c <= 4*i+4 && c < len(h); c++ {
			if least < 0 || h[c].before(h[least]) {
				least = c
			}
		}
		if least < 0 || !h[least].before(moved) {
			break
		}
		h.put(i, h[least])
		i = least
	}
	h.put(i, moved)
}

func (s schedule) put(i int, moved slot) {
	s[i] = moved
	moved.event.index = i
}
