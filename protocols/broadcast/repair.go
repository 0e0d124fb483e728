package broadcast

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// maxAnswers is how many Asks, and how many Wants, of a neighbor are answered in
	// a period.
	maxAnswers = 8
	// maxBatch and maxBatchBytes bound the answer to a Want: the messages, and
	// roughly the bytes of payload.
	maxBatch      = 1024
	maxBatchBytes = 512 << 10
	// maxDebtors is for how many neighbors a peer records what they got.
	maxDebtors = 1024
)

// debt records what a neighbor got on demand in this period.
type debt struct {
	age            time.Duration // for how long the neighbor had been there at its last question
	answers, wants int
	sent           map[MessageID]bool
}

// The timer events.
type (
	period  struct{}
	overdue struct{ from messages.PeerID } // a message from there still waits
)

// period begins a new period: it compares our messages with a random neighbor.
func (h *handler) period(port protocols.Port) {
	port.After(protocols.Spread(port, h.config.Period, 0.1), period{})
	clear(h.debts)
	h.expire(port)
	h.loseHope(port)
	if h.config.Window == 0 {
		return
	}
	peers := slices.Collect(port.ViewOf(h.config.Over).Peers())
	if len(peers) > 0 {
		h.ask(port, peers[port.Rand().IntN(len(peers))])
	}
}

func (h *handler) expire(port protocols.Port) { h.kept.Expire(port.Now().Add(-h.config.Window)) }

// ask asks a neighbor what it has, if that differs from what we have.
func (h *handler) ask(port protocols.Port, peer messages.PeerID) {
	if !h.congested.Has(peer) {
		port.Send(peer, ask{h.vector.digest, port.Now().Sub(h.started)}.message())
		port.Count("asked", 1)
	}
}

// asked answers a neighbor with what we have.
func (h *handler) asked(port protocols.Port, from messages.PeerID, a ask) {
	if h.config.Window == 0 || a.digest == h.vector.digest {
		return
	}
	d := h.debt(from)
	if d == nil || d.answers == maxAnswers {
		port.Count("not_sent", 1)
		return
	}
	h.expire(port)
	port.Count("offers", 1)
	port.Send(from, have{h.spans(d.answers*maxListed, port.Now().Add(-a.age-h.config.History))}.message())
	d.age = a.age
	d.answers++
}

// spans lists how many messages of each source we have delivered, and which ones we
// can send. It starts after the skip sources heard of last, or at the first when no
// more are left. Messages from before then are history to the asker.
func (h *handler) spans(skip int, then time.Time) []span {
	if skip >= len(h.vector.entries) {
		skip = 0
	}
	fresh := h.kept.since(then)
	var spans []span
	h.vector.latest(skip, maxListed, func(s source, delivered uint64) {
		all := span{s, h.kept.first(s, delivered+1), delivered + 1, delivered}
		if first, some := fresh[s]; some {
			all.fresh = first
		}
		spans = append(spans, all)
	})
	return spans
}

// debt returns the record of a neighbor for this period, or nil when there are too
// many.
func (h *handler) debt(peer messages.PeerID) *debt {
	if h.debts[peer] == nil && len(h.debts) < maxDebtors {
		h.debts[peer] = &debt{sent: map[MessageID]bool{}}
	}
	return h.debts[peer]
}

// offered asks for the messages that we lack. Of an unknown source, it does not ask
// for those from before our time.
func (h *handler) offered(port protocols.Port, from messages.PeerID, offer have) {
	var lacking []ids
	for _, s := range offer.spans {
		delivered, known := h.delivered(s.source)
		if !known && s.last > 0 {
			delivered = s.fresh - 1
			h.vector.adopt(s.source, delivered)
			h.settle(port, s.source)
			delivered, _ = h.delivered(s.source)
		}
		first := max(s.first, delivered+1)
		for h.queue.has(s.id(first)) {
			first++
		}
		if first <= s.last && near(delivered, first) {
			lacking = append(lacking, ids{s.source, first, s.last})
		}
	}
	if len(lacking) > 0 {
		port.Count("wanted", 1)
		port.Send(from, want{lacking}.message())
	}
	if len(offer.spans) == maxListed {
		h.ask(port, from) // there may be more
	}
}

// wanted sends a neighbor the messages that it lacks, each once in a period. They go
// in the order of delivery, so that they need not wait there. If they are too many
// at once, a Have follows, and the neighbor asks for the rest.
func (h *handler) wanted(port protocols.Port, from messages.PeerID, w want) {
	d := h.debt(from)
	if d == nil || d.wants == maxAnswers || h.congested.Has(from) {
		port.Count("not_sent", 1)
		return
	}
	d.wants++
	h.expire(port)
	ranges := map[source]ids{}
	for _, r := range w.ranges {
		ranges[r.source] = r
	}
	sent, bytes := 0, 0
	for m := range h.kept.All() {
		r, wanted := ranges[sourceOf(m.id)]
		if !wanted || m.id.Seq < r.first || m.id.Seq > r.last || d.sent[m.id] {
			continue
		}
		if sent == maxBatch || bytes >= maxBatchBytes {
			h.asked(port, from, ask{age: d.age})
			break
		}
		d.sent[m.id] = true
		port.Send(from, m.message())
		sent, bytes = sent+1, bytes+len(m.payload)
	}
	port.Count("repaired", float64(sent))
}

// overdue asks the sender of a waiting message for the messages before it.
func (h *handler) overdue(port protocols.Port, from messages.PeerID) {
	h.impatient = slices.DeleteFunc(h.impatient, func(p messages.PeerID) bool { return p == from })
	if slices.ContainsFunc(h.queue.messages, func(w *waiting) bool { return w.from == from }) {
		h.ask(port, from)
	}
}

// await schedules overdue for a little later.
func (h *handler) await(port protocols.Port, from messages.PeerID) {
	if h.config.Window > 0 && !slices.Contains(h.impatient, from) {
		h.impatient = append(h.impatient, from)
		port.After(protocols.Spread(port, h.config.Period/10, 0.1), overdue{from})
	}
}
