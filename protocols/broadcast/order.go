package broadcast

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxWaiting is how many messages may wait for others.
const maxWaiting = 1024

// waiting is a message that came before what is to be delivered before it.
type waiting struct {
	flood
	from  messages.PeerID
	since time.Time
}

// queue holds the waiting messages in the order in which they came.
type queue struct {
	messages []*waiting
	index    map[MessageID]*waiting
	bytes    int
}

func newQueue() queue { return queue{index: map[MessageID]*waiting{}} }

// fits reports whether a message may wait.
func (q *queue) fits(f flood, keep int) bool {
	return len(q.messages) < maxWaiting && q.bytes+len(f.payload) <= keep
}

func (q *queue) add(w *waiting) {
	q.messages = append(q.messages, w)
	q.index[w.id] = w
	q.bytes += len(w.payload)
}

func (q *queue) remove(w *waiting) {
	i := slices.Index(q.messages, w)
	q.messages = slices.Delete(q.messages, i, i+1)
	delete(q.index, w.id)
	q.bytes -= len(w.payload)
}

// missing calls f with what is to be delivered before a message and was not,
// until f returns false.
func (h *handler) missing(m flood, f func(MessageID) bool) {
	if delivered, _ := h.vector.delivered(sourceOf(m.id)); m.id.Seq > delivered+1 {
		if !f(MessageID{Origin: m.id.Origin, Epoch: m.id.Epoch, Seq: m.id.Seq - 1}) {
			return
		}
	}
	for _, before := range m.after {
		if !h.vector.covers(before) && !f(before) {
			return
		}
	}
}

// ready reports whether all that is to be delivered before a message was.
func (h *handler) ready(m flood) bool {
	ready := true
	h.missing(m, func(MessageID) bool { ready = false; return false })
	return ready
}

// settle delivers what waits for nothing any more.
func (h *handler) settle(port protocols.Port) {
	for i := 0; i < len(h.queue.messages); i++ {
		if w := h.queue.messages[i]; h.vector.covers(w.id) {
			h.queue.remove(w) // given up meanwhile
			i--
		} else if h.ready(w.flood) {
			h.queue.remove(w)
			h.deliver(port, w.flood)
			i = -1 // others may have waited for it
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
		w := h.first(h.queue.messages[0])
		h.missing(w.flood, func(MessageID) bool { port.Count("gaps", 1); return true })
		h.queue.remove(w)
		h.deliver(port, w.flood)
		h.settle(port)
	}
}

// first follows what a waiting message waits for to one that waits for nothing
// that is here.
func (h *handler) first(w *waiting) *waiting {
	for range maxWaiting { // liars can make it go round in circles
		var before *waiting
		h.missing(w.flood, func(i MessageID) bool {
			before = h.earliest(i)
			return before == nil
		})
		if before == nil {
			return w
		}
		w = before
	}
	return w
}

// earliest is the waiting message of a source with the lowest sequence number up
// to that of i, nil if there is none.
func (h *handler) earliest(i MessageID) *waiting {
	var first *waiting
	for _, w := range h.queue.messages {
		if sourceOf(w.id) == sourceOf(i) && w.id.Seq <= i.Seq && (first == nil || w.id.Seq < first.id.Seq) {
			first = w
		}
	}
	return first
}
