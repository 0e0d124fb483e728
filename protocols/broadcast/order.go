package broadcast

import (
	"slices"

	"github.com/n2n-overlay/n2n/protocols"
)

// delivered returns the last sequence number of a source that was delivered, if we
// know it. For a source that the vector forgot, the kept messages tell.
func (h *handler) delivered(s source) (seq uint64, known bool) {
	if seq, known := h.vector.delivered(s); known {
		return seq, true
	}
	return h.kept.last(s)
}

// covers reports whether a broadcast was delivered or given up.
func (h *handler) covers(i MessageID) bool {
	seq, known := h.delivered(sourceOf(i))
	return known && i.Seq <= seq
}

// need returns the first undelivered message of those that come before w, if there
// is one. Messages found delivered are not checked again.
func (h *handler) need(w *waiting) (MessageID, bool) {
	for ; w.met <= len(w.after); w.met++ {
		before := sourceOf(w.id).id(w.id.Seq - 1)
		if w.met > 0 {
			before = w.after[w.met-1]
		}
		if before.Seq > 0 && !h.covers(before) {
			return before, true
		}
	}
	return MessageID{}, false
}

// settle delivers the messages that no longer wait, after a source advanced. It
// drops those that were given up.
func (h *handler) settle(port protocols.Port, raised source) {
	for todo := []source{raised}; len(todo) > 0; todo = todo[1:] {
		seq, _ := h.delivered(todo[0])
		h.queue.drop(todo[0], seq)
		for _, w := range h.queue.needed(todo[0], seq) {
			if w.gone {
				continue
			}
			if needs, more := h.need(w); more {
				h.queue.move(w, needs)
				continue
			}
			h.queue.remove(w)
			if !h.covers(w.id) {
				h.deliver(port, w.flood)
				todo = append(todo, sourceOf(w.id))
			}
		}
	}
}

// deliver emits a message. All messages before it were delivered or given up.
func (h *handler) deliver(port protocols.Port, m flood) {
	h.vector.raise(sourceOf(m.id), m.id.Seq)
	h.noteAfter(port, m)
	h.expire(port)
	if h.config.Window > 0 {
		h.kept.add(m, port.Now())
	}
	port.Count("delivered", 1)
	port.Emit(Delivered{Origin: m.id.Origin, Epoch: m.id.Epoch, Seq: m.id.Seq, Payload: m.payload, Hops: int(m.hops)})
}

// noteAfter updates the list of messages after which our next one comes: the
// delivered ones that come before no other delivered one.
func (h *handler) noteAfter(port protocols.Port, m flood) {
	h.latest = slices.DeleteFunc(h.latest, func(i MessageID) bool {
		return sourceOf(i) == sourceOf(m.id) || slices.Contains(m.after, i)
	})
	if len(h.latest) == maxAfter {
		port.Count("dependencies_dropped", 1)
		h.latest = slices.Delete(h.latest, 0, 1)
	}
	h.latest = append(h.latest, m.id)
}

// loseHope delivers messages that have waited too long, without the missing ones.
func (h *handler) loseHope(port protocols.Port) {
	since := port.Now().Add(-h.config.Patience)
	for len(h.queue.messages) > 0 && !h.queue.messages[0].since.After(since) {
		h.giveUp(port, h.queue.messages[0])
	}
}

// giveUp delivers a waiting message after the messages before it that wait here.
// The others before it are given up, because later they would be out of order.
func (h *handler) giveUp(port protocols.Port, w *waiting) {
	w.given = true
	for !w.gone {
		before, more := h.need(w)
		if !more {
			h.queue.remove(w)
			h.deliver(port, w.flood)
			h.settle(port, sourceOf(w.id))
			return
		}
		first := h.queue.earliest(before)
		if first != nil && !first.given {
			h.giveUp(port, first)
			continue
		}
		port.Count("gaps", 1)
		delivered, known := h.delivered(sourceOf(before))
		if first != nil || known && !near(delivered, before.Seq) {
			w.met++ // of a liar: it waits in a circle, or names a message that cannot exist
			continue
		}
		h.vector.adopt(sourceOf(before), before.Seq)
		h.settle(port, sourceOf(before))
	}
}
