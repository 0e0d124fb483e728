package broadcast

import (
	"slices"

	"github.com/n2n-overlay/n2n/protocols"
)

// delivered returns how far we have come with a source, if we know it. What is
// kept still speaks for a source that was forgotten.
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

// need returns the first of what is to be delivered before a message and was not,
// if there is any. What was met once is not looked at again.
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

// settle delivers what waits for nothing any more, now that more of a source was
// delivered or given up, and drops what was given up.
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

// deliver emits a message; all before it were delivered or given up.
func (h *handler) deliver(port protocols.Port, m flood) {
	h.vector.raise(sourceOf(m.id), m.id.Seq)
	h.noteAfter(port, m)
	h.expire(port)
	if h.config.Window > 0 {
		h.kept.add(m, port.Now(), h.config.Keep)
	}
	port.Count("delivered", 1)
	port.Emit(Delivered{Origin: m.id.Origin, Epoch: m.id.Epoch, Seq: m.id.Seq, Payload: m.payload, Hops: int(m.hops)})
}

// noteAfter keeps the list of the messages after which our next one comes: those
// delivered that no other delivered one comes after.
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

// loseHope delivers what has waited too long, without what is missing.
func (h *handler) loseHope(port protocols.Port) {
	since := port.Now().Add(-h.config.Patience)
	for len(h.queue.messages) > 0 && !h.queue.messages[0].since.After(since) {
		h.giveUp(port, h.queue.messages[0])
	}
}

// giveUp delivers a waiting message after what waits here and comes before it. The
// rest of what comes before it is given up: it would be out of order later.
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
			w.met++ // a liar's: it goes round in circles, or names what there cannot be
			continue
		}
		h.vector.adopt(sourceOf(before), before.Seq)
		h.settle(port, sourceOf(before))
	}
}
