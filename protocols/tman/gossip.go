package tman

import (
	"math"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// maxAsked is how many answers a peer can wait for at the same time.
	maxAsked = 64
	// maxVisits is how many answers a neighbor gets in a period. After maxServed
	// neighbors, further ones get only our own descriptor.
	maxVisits = 4
	maxServed = 64
	// maxVisitors is how many neighbors are counted for that.
	maxVisitors = 512
)

// asked is an answer that a neighbor owes us.
type asked struct {
	exchange uint64
	peer     messages.PeerID
	at       time.Time
	partner  bool // of an exchange; otherwise of a question for its own descriptor
	ticket   messages.Ticket
	timer    protocols.Timer
}

// visit counts how often a neighbor was served in this period.
type visit struct {
	peer  messages.PeerID
	times int
}

// meet takes a partner for an exchange. A partner that is no neighbor needs an arc
// first. That arc is closed with the worst ones at the end of the period.
func (h *handler) meet(port protocols.Port) {
	partner, ok := h.partner(port, h.reachable(port))
	if ok && !h.neighbor(port, partner.Peer) && (!h.mayOpen(port) || has(h.opening, partner.Peer)) {
		partner, ok = h.partner(port, func(e entry) bool { return h.neighbor(port, e.Peer) })
	}
	if !ok {
		return
	}
	h.recent = append(h.recent, partner.Peer)
	h.recent = slices.Delete(h.recent, 0, max(0, len(h.recent)-h.config.Tabu))
	if h.neighbor(port, partner.Peer) {
		h.exchange(port, partner)
	} else {
		h.open(port, partner.Peer, true)
	}
}

// partner draws one of the Psi best peers (selectPeer in the paper). The last
// partners are left out while there are others.
func (h *handler) partner(port protocols.Port, suits func(entry) bool) (Descriptor, bool) {
	now := port.Now()
	best := h.rank(h.own, func(e entry) bool {
		return suits(e) && !h.blocked.has(e.Peer, now) && !h.waits(e.Peer)
	})
	best = best[:min(h.config.Psi, len(best))]
	fresh := slices.DeleteFunc(slices.Clone(best), func(d Descriptor) bool { return slices.Contains(h.recent, d.Peer) })
	if len(fresh) > 0 {
		best = fresh
	}
	if len(best) == 0 {
		return Descriptor{}, false
	}
	return best[port.Rand().IntN(len(best))], true
}

// exchange sends a partner the descriptors that are best for it, and asks for the
// same.
func (h *handler) exchange(port protocols.Port, partner Descriptor) {
	sample := h.sample(port, partner)
	h.await(port, partner.Peer, true, func(exchange uint64) *Message { return exchangeRequest(exchange, h.own, sample) })
}

// sample returns the descriptors to send to a partner: the first m that rank best
// for it.
func (h *handler) sample(port protocols.Port, partner Descriptor) []*Candidate {
	now, reachable := port.Now(), h.reachable(port)
	best := h.rank(partner, func(e entry) bool {
		far := len(e.route) == messages.MaxRoute && !h.neighbor(port, e.Peer)
		return !far && reachable(e) && now.Sub(e.issued) <= h.config.TTL && !h.blocked.has(e.Peer, now)
	})
	best = best[:min(h.config.Sample, len(best))]
	sample := make([]*Candidate, len(best))
	for i, d := range best {
		e := h.known.get(d.Peer)
		c := &Candidate{Peer: d.Peer.Bytes(), Data: d.Data, Version: d.Version, Age: uint32(min(now.Sub(e.issued).Milliseconds(), math.MaxUint32))}
		if !h.neighbor(port, d.Peer) {
			for _, relay := range e.route {
				c.Route = append(c.Route, relay.Bytes())
			}
		}
		sample[i] = c
	}
	return sample
}

// ask asks a neighbor for its own descriptor.
func (h *handler) ask(port protocols.Port, peer messages.PeerID) {
	h.await(port, peer, false, ask)
}

// await sends a message that must be answered in time.
func (h *handler) await(port protocols.Port, peer messages.PeerID, partner bool, message func(uint64) *Message) {
	if len(h.asked) == maxAsked || h.waits(peer) || h.leaving {
		return
	}
	x := asked{exchange: max(1, port.Rand().Uint64()), peer: peer, at: port.Now(), partner: partner}
	x.ticket = port.Send(peer, message(x.exchange))
	x.timer = port.After(h.config.Deadline, answerDue{x.exchange})
	h.asked = append(h.asked, x)
}

func (h *handler) waits(peer messages.PeerID) bool {
	return slices.ContainsFunc(h.asked, func(x asked) bool { return x.peer == peer })
}

// sampled asks the peers that the sampling protocol has drawn for their descriptors.
func (h *handler) sampled(port protocols.Port, peers []messages.PeerID) {
	for _, peer := range peers[:min(h.config.Sample, len(peers))] {
		if peer != port.Self() && h.neighbor(port, peer) && h.stale(port, peer) {
			h.ask(port, peer)
		}
	}
}

// refresh asks the peers of our arcs for their descriptors, if ours are too old.
func (h *handler) refresh(port protocols.Port) {
	for a := range port.View().Out.All() {
		if h.stale(port, a.Peer) {
			h.ask(port, a.Peer)
		}
	}
}

// stale reports whether a peer's descriptor is unknown or older than half the TTL.
func (h *handler) stale(port protocols.Port, peer messages.PeerID) bool {
	e := h.known.get(peer)
	return e == nil || port.Now().Sub(e.issued) > h.config.TTL/2
}

// requested is the passive thread of the paper.
func (h *handler) requested(port protocols.Port, from messages.PeerID, m request) {
	allowed, full := h.serve(from)
	if !allowed {
		port.Count("ignored", 1)
		return
	}
	port.Count("exchanges_served", 1)
	var sample []*Candidate
	if !full {
		sample = h.sample(port, m.own)
	}
	port.Send(from, exchangeReply(m.exchange, h.own, sample))
	news := h.merge(port, m.own, m.sample)
	port.Emit(Exchanged{Peer: from, News: news})
	h.arrange(port)
}

// questioned answers a neighbor that asks for our own descriptor.
func (h *handler) questioned(port protocols.Port, from messages.PeerID, m question) {
	if allowed, _ := h.serve(from); !allowed {
		port.Count("ignored", 1)
		return
	}
	port.Send(from, answer(m.exchange, h.own))
}

// serve counts an answer to a neighbor. It reports whether the neighbor gets one,
// and whether that must be short.
func (h *handler) serve(from messages.PeerID) (allowed, full bool) {
	for i := range h.served {
		if v := &h.served[i]; v.peer == from {
			v.times++
			return v.times <= maxVisits, i >= maxServed
		}
	}
	if len(h.served) == maxVisitors {
		return false, true
	}
	h.served = append(h.served, visit{from, 1})
	return true, len(h.served) > maxServed
}

// replied handles the answer of a neighbor.
func (h *handler) replied(port protocols.Port, from messages.PeerID, m reply) {
	i := slices.IndexFunc(h.asked, func(x asked) bool { return x.peer == from && x.exchange == m.exchange })
	if i < 0 {
		port.Count("ignored", 1) // late or invented
		return
	}
	x := h.asked[i]
	h.asked = slices.Delete(h.asked, i, i+1)
	x.timer.Stop()
	h.locate(port, x, m.own)
	if !x.partner {
		h.merge(port, m.own, nil)
	} else {
		port.Count("exchanges", 1)
		news := h.merge(port, m.own, m.sample)
		port.Emit(Exchanged{Peer: from, Began: true, News: news})
	}
	h.arrange(port)
}

// locate moves our own position to where the round trip says that we are.
func (h *handler) locate(port protocols.Port, x asked, other Descriptor) {
	locator, ok := h.config.Rank.(Locator)
	if !ok {
		return
	}
	took := port.Now().Sub(x.at)
	if rtt, measured := port.RTT(x.peer); measured {
		took = min(took, rtt)
	}
	h.own.Data = locator.Locate(h.own, other, took.Seconds()*1000, port.Rand().Float64())
	h.issue(port)
}

// merge takes over what a neighbor says of itself and of others. It returns how many
// descriptors were news.
func (h *handler) merge(port protocols.Port, owner Descriptor, sample []hearsay) int {
	now, reachable, news := port.Now(), h.reachable(port), 0
	h.known.speak(owner, now)
	h.blocked.lift(owner.Peer)
	for _, d := range sample {
		switch {
		case d.Peer == port.Self():
			h.outdo(d.Version)
		case d.Peer == owner.Peer, h.blocked.has(d.Peer, now):
		case h.known.hear(d, now, h.config.TTL, reachable):
			news++
		}
	}
	h.prune(port)
	port.Count("news", float64(news))
	return news
}

// outdo issues a descriptor that is newer than the one that others know of us.
// Theirs is from before our last start, or is forged.
func (h *handler) outdo(version uint64) {
	if version > h.own.Version {
		h.own.Version = min(version+1, maxVersion)
	}
}

// answerDue takes a neighbor that has not answered in time for down.
func (h *handler) answerDue(port protocols.Port, exchange uint64) {
	i := slices.IndexFunc(h.asked, func(x asked) bool { return x.exchange == exchange })
	if i < 0 {
		return
	}
	peer := h.asked[i].peer
	h.asked = slices.Delete(h.asked, i, i+1)
	port.Count("unanswered", 1)
	h.forget(port, peer)
	h.close(port, peer)
	h.arrange(port)
}

// notSent handles a message that did not leave. Its receiver is no longer a
// neighbor, or does not run the protocol.
func (h *handler) notSent(port protocols.Port, e messages.Failed) {
	h.asked = slices.DeleteFunc(h.asked, func(x asked) bool {
		return x.peer == e.Peer && (x.ticket == e.Ticket || e.Ticket == 0) && x.timer.Stop()
	})
	if messages.CodeOf(e.Err) == messages.ErrNoProtocol {
		h.forget(port, e.Peer)
	}
}
