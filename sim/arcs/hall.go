package arcs

import (
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// hall lets peers reach each other without a room of the signaling service: the
// signals of a connection that Connect allows are handed over directly.
type hall struct {
	ways     map[[2]uint32]int // that Connect allows, from and to
	entering map[uint32]func(contact messages.PeerID, err error)
}

// OpenHall puts all peers of the world in a hall. Call it before the first starts. Only a
// world of one worker can, because the peers share the hall.
func (w *World) OpenHall() error {
	if len(w.workers) > 1 {
		return fmt.Errorf("arcs: a hall needs a world of one worker, this one has %d", len(w.workers))
	}
	w.hall = &hall{ways: map[[2]uint32]int{}, entering: map[uint32]func(messages.PeerID, error){}}
	return nil
}

// Connect lets the offers of one peer to another be handed over directly in the hall,
// until undo is called.
func (w *World) Connect(from, to messages.PeerID) (undo func()) {
	way := [2]uint32{w.index.find(from), w.index.find(to)}
	w.hall.ways[way]++
	return func() {
		if w.hall.ways[way]--; w.hall.ways[way] == 0 {
			delete(w.hall.ways, way)
		}
	}
}

// Linked counts the peers that are in a room, and linked to the signaling service.
func (w *World) Linked() int {
	n := 0
	for _, p := range w.peers {
		if p != nil && !p.ended && p.inRoom() {
			n++
		}
	}
	return n
}

// Join enters a room from the hall. It calls done once, with a contact or none, unless
// forsake is called before.
func (h *Peer) Join(room string, done func(contact messages.PeerID, err error)) (forsake func()) {
	p, entering := h.p, h.p.world.hall.entering
	if p.visit.active {
		done(messages.PeerID{}, fmt.Errorf("the peer is in a room: %w", messages.ErrDuplicate))
		return func() {}
	}
	entering[p.index] = done
	h.Enter(room)
	return func() {
		delete(entering, p.index)
		if !p.ended {
			p.world.act(p, p.quit)
		}
	}
}

// askContact asks for the contact of a Join, once the peer is in the room.
func (p *peer) askContact() {
	if h := p.world.hall; h != nil && h.entering[p.index] != nil {
		r := &contactRequest{number: p.number(), n: 1}
		r.due = p.own(p.config.RequestTimeout, event{kind: kContactsDue, job: r.number})
		p.visit.requests = append(p.visit.requests, r)
		p.ask(r)
	}
}

// joined ends a Join.
func (p *peer) joined(contacts []uint32, err error) {
	h := p.world.hall
	if h == nil || h.entering[p.index] == nil {
		return
	}
	contact := messages.PeerID{}
	if len(contacts) > 0 {
		contact = p.worker.idOf(contacts[0])
	}
	done := h.entering[p.index]
	delete(h.entering, p.index)
	done(contact, err)
}

// isDirect reports whether a signal is handed over in the hall. An answer or a refusal
// goes the way of its offer.
func (w *World) isDirect(s *signal) bool {
	return s.direct || s.body == offer && w.hall != nil && w.hall.ways[[2]uint32{s.from, s.to}] > 0
}

// handOver passes a signal on to another peer of the hall.
func (p *peer) handOver(s *signal) {
	s.direct = true
	e := event{kind: kPassedOn, body: s}
	switch {
	case p.world.peers[s.to] == nil:
		p.outOfReach(s)
	case p.world.severed(p.index, s.to):
	case p.world.cut(p.index, s.to):
		p.hold(s.to, p.latency(), e)
	default:
		p.reach(s.to, p.latency(), e)
	}
}
