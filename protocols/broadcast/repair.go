package broadcast

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// What a neighbor gets on demand in a period: so many answers to Ask, and so many
// messages and bytes of payload more than are kept.
const maxAnswers = 8

// maxDebtors bounds the neighbors that are remembered for that.
const maxDebtors = 1024

// debt is what a neighbor got on demand in this period.
type debt struct {
	answers int
	sent    map[MessageID]bool
}

// The timers.
type (
	period  struct{}
	overdue struct{ from messages.PeerID } // a message from there waits still
)

// period compares what we have with a neighbor drawn at random.
func (h *handler) period(port protocols.Port) {
	port.After(h.spread(port, h.config.Period), period{})
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

func (h *handler) spread(port protocols.Port, d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*port.Rand().Float64()))
}

func (h *handler) expire(port protocols.Port) { h.kept.expire(port.Now().Add(-h.config.Window)) }

// ask lets a neighbor tell what it has, if that is not what we have.
func (h *handler) ask(port protocols.Port, peer messages.PeerID) {
	if !slices.Contains(h.congested, peer) {
		port.Send(peer, ask{h.vector.digest, port.Now().Sub(h.started)}.message())
		port.Count("asked", 1)
	}
}

// asked tells a neighbor what we have.
func (h *handler) asked(port protocols.Port, from messages.PeerID, a ask) {
	if h.config.Window == 0 || a.digest == h.vector.digest {
		return
	}
	d := h.debt(from)
	if d == nil || d.answers == maxAnswers {
		port.Count("not_sent", 1)
		return
	}
	d.answers++
	h.expire(port)
	port.Count("offers", 1)
	port.Send(from, have{h.spans(port.Now().Add(-a.age - h.config.History))}.message())
}

// spans tells how far we have come with each source, and what we can send. What
// came before then is history to who asks.
func (h *handler) spans(then time.Time) []span {
	fresh := h.kept.since(then)
	var spans []span
	h.vector.latest(maxIDs, func(s source, delivered uint64) {
		all := span{s, delivered + 1, delivered + 1, delivered}
		if first, some := h.kept.first[s]; some {
			all.first = first
		}
		if first, some := fresh[s]; some {
			all.fresh = max(first, all.first)
		}
		spans = append(spans, all)
	})
	return spans
}

// debt is what a neighbor got in this period; nil when there are too many.
func (h *handler) debt(peer messages.PeerID) *debt {
	if h.debts[peer] == nil && len(h.debts) < maxDebtors {
		h.debts[peer] = &debt{sent: map[MessageID]bool{}}
	}
	return h.debts[peer]
}

// offered asks for what we lack. Of a source that we have never heard of, what is
// came before our time is not asked for.
func (h *handler) offered(port protocols.Port, from messages.PeerID, offer have) {
	var lacking []MessageID
	for _, s := range offer.spans {
		delivered, known := h.vector.delivered(s.source)
		if !known && s.last > 0 {
			delivered = s.fresh - 1
			h.vector.raise(s.source, delivered)
		}
		for seq := max(s.first, delivered+1); seq <= s.last && len(lacking) < maxIDs && near(delivered, seq); seq++ {
			id := MessageID{Origin: s.origin, Epoch: s.epoch, Seq: seq}
			if h.queue.index[id] == nil {
				lacking = append(lacking, id)
			}
		}
	}
	h.settle(port)
	if len(lacking) > 0 {
		port.Count("wanted", float64(len(lacking)))
		port.Send(from, want{lacking}.message())
	}
}

// wanted sends what a neighbor lacks, each message once in a period.
func (h *handler) wanted(port protocols.Port, from messages.PeerID, w want) {
	h.expire(port)
	d := h.debt(from)
	for _, id := range w.ids {
		m, have := h.kept.index[id]
		if !have || d == nil || d.sent[id] || slices.Contains(h.congested, from) {
			port.Count("not_sent", 1)
			continue
		}
		d.sent[id] = true
		port.Send(from, m.message())
		port.Count("repaired", 1)
	}
}

// overdue asks the neighbor from which a message came for what it waits for.
func (h *handler) overdue(port protocols.Port, from messages.PeerID) {
	h.impatient = slices.DeleteFunc(h.impatient, func(p messages.PeerID) bool { return p == from })
	if slices.ContainsFunc(h.queue.messages, func(w *waiting) bool { return w.from == from }) {
		h.ask(port, from)
	}
}

// await lets overdue happen a little later.
func (h *handler) await(port protocols.Port, from messages.PeerID) {
	if h.config.Window > 0 && !slices.Contains(h.impatient, from) {
		h.impatient = append(h.impatient, from)
		port.After(h.spread(port, h.config.Period/10), overdue{from})
	}
}
