package sim

import (
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// event is something that happens to one node at one instant.
type event struct {
	at       time.Duration // since the start of the world
	dst, src *node
	seq      uint64 // of src
	index    int    // in the schedule; -1 when not in it

	// Exactly one of these says what happens: a call of the node's own (a timer),
	// or something on one of its connections.
	call     func()
	conn     *conn
	happens  actors.ConnEvent // nil: an envelope arrives
	class    protocols.Delivery
	envelope messages.Envelope
	size     int
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

// schedule is a heap of events, four children to a node, from which events can
// be taken out before their time.
type schedule []*event

func (s *schedule) push(e *event) {
	*s = append(*s, e)
	s.up(len(*s)-1, e)
}

// pop takes out the first event.
func (s *schedule) pop() *event {
	first := (*s)[0]
	s.take(first)
	return first
}

// take takes out an event that is in the schedule.
func (s *schedule) take(e *event) {
	h := *s
	i, last := e.index, h[len(h)-1]
	h[len(h)-1] = nil
	*s = h[:len(h)-1]
	e.index = -1
	if e == last {
		return
	}
	if i > 0 && last.before((*s)[(i-1)/4]) {
		s.up(i, last)
	} else {
		s.down(i, last)
	}
}

func (s *schedule) up(i int, e *event) {
	h := *s
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(h[parent]) {
			break
		}
		h[i] = h[parent]
		h[i].index = i
		i = parent
	}
	h[i] = e
	e.index = i
}

func (s *schedule) down(i int, e *event) {
	h := *s
	for {
		least := -1
		for c := 4*i + 1; c <= 4*i+4 && c < len(h); c++ {
			if least < 0 || h[c].before(h[least]) {
				least = c
			}
		}
		if least < 0 || !h[least].before(e) {
			break
		}
		h[i] = h[least]
		h[i].index = i
		i = least
	}
	h[i] = e
	e.index = i
}
