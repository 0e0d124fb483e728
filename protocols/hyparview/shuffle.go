package hyparview

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// shuffle offers this peer, some of its neighbors and some of its passive view to
// the end of a random walk.
func (h *handler) shuffle(port protocols.Port) {
	first, ok := h.next(port)
	if !ok {
		return
	}
	s := shuffle{id: max(1, port.Rand().Uint64()), origin: port.Self(), ttl: h.config.ShuffleTTL}
	var others []entry
	for _, peer := range h.active {
		if peer != first {
			others = append(others, entry{peer: peer})
		}
	}
	s.nodes = append([]entry{{peer: port.Self()}}, draw(port.Rand(), others, h.config.ShuffleActive)...)
	s.nodes = append(s.nodes, h.passive.sample(port.Rand(), h.config.ShufflePassive, nil)...)
	h.sent, h.offered = s, nil
	for _, e := range s.nodes {
		h.offered = append(h.offered, e.peer)
	}
	port.Count("shuffles_begun", 1)
	port.Send(first, s.wire())
}

// shuffled passes another peer's shuffle on, or replies to it at the end of its
// walk.
func (h *handler) shuffled(port protocols.Port, from messages.PeerID, m shuffle) {
	if m.origin == port.Self() || m.origin == from && len(m.path) > 0 || !h.walk(port, from) {
		port.Count("ignored", 1)
		return
	}
	h.heard(m.origin)
	m.ttl--
	next, ok := h.next(port, from, m.origin)
	if m.ttl > 0 && ok {
		if from != m.origin {
			m.path = extend(port.Self(), m.path, from)
		}
		port.Count("walks", 1)
		port.Send(next, m.wire())
		return
	}
	way := behind(port.Self(), m.origin, m.path, from)
	reply := shuffleReply{id: m.id, to: m.origin, from: port.Self(), route: way}
	reply.nodes = h.passive.sample(port.Rand(), len(m.nodes), func(p messages.PeerID) bool { return p != m.origin })
	offered := make([]messages.PeerID, len(reply.nodes))
	for i, e := range reply.nodes {
		offered[i] = e.peer
	}
	port.Count("shuffles_served", 1)
	h.sendBack(port, reply)
	h.merge(port, m.origin, way, m.nodes, &offered)
}

// sendBack sends a reply to the next peer on its way.
func (h *handler) sendBack(port protocols.Port, m shuffleReply) {
	next := m.to
	if len(m.route) > 0 {
		next, m.route = m.route[0], m.route[1:]
	}
	port.Send(next, m.wire())
}

// replied passes on a reply, or takes the reply to our own shuffle.
func (h *handler) replied(port protocols.Port, from messages.PeerID, m shuffleReply) {
	switch {
	case m.from == port.Self(), m.from == from && len(m.path) > 0, !h.pass(from):
		port.Count("ignored", 1)
	case m.to != port.Self():
		if from != m.from {
			m.path = extend(port.Self(), m.path, from)
		}
		port.Count("walks", 1)
		h.sendBack(port, m)
	case m.id != h.sent.id || len(m.nodes) > len(h.sent.nodes):
		port.Count("ignored", 1) // it is the reply to an earlier shuffle, or invented
	default:
		h.sent.id = 0
		h.heard(m.from)
		port.Count("shuffles", 1)
		h.merge(port, m.from, behind(port.Self(), m.from, m.path, from), m.nodes, &h.offered)
		port.Emit(Shuffled{m.from})
	}
}

// merge takes the nodes that teller told of into the passive view. The peers in
// offered make room first. way leads to teller.
func (h *handler) merge(port protocols.Port, teller messages.PeerID, way []messages.PeerID, nodes []entry, offered *[]messages.PeerID) {
	for _, n := range nodes {
		if n.peer == teller {
			h.learn(port, n.peer, offered, way)
			continue
		}
		h.learn(port, n.peer, offered, route(port.Self(), n.peer, way, []messages.PeerID{teller}, n.via))
	}
	h.fill(port)
}
