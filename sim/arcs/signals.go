package arcs

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// body is what a signal carries.
type body uint8

const (
	offer body = iota
	answer
	refusal
)

// signal is an offer, an answer or a refusal on its way. It does not change.
type signal struct {
	body     body
	from, to uint32
	route    []uint32 // the relays, nearest to from first; empty through the service
	job      uint64   // the number of the connection
	start    uint32   // of its maker
	protocol uint16   // that wants the connection
	reason   messages.Reason
	direct   bool // handed over in the hall
}

// at is the peer at a place of the way: 0 is the maker.
func (s *signal) at(place int) uint32 {
	switch {
	case place == 0:
		return s.from
	case place <= len(s.route):
		return s.route[place-1]
	default:
		return s.to
	}
}

// back is the way of an answer.
func (s *signal) back() []uint32 {
	if len(s.route) < 2 {
		return s.route
	}
	route := slices.Clone(s.route)
	slices.Reverse(route)
	return route
}

// make sends a signal of our own on its way, once it is made.
func (p *peer) make(s *signal) {
	p.own(gathering, event{kind: kMade, body: s})
}

// made sends a signal of our own along its way, unless it is not wanted any more.
func (p *peer) made(s *signal) {
	if l := p.link(s.to); s.body != refusal && (l == nil || l.attempt == nil || l.attempt.number != s.job || l.attempt.offered != (s.body == offer)) {
		return
	}
	p.dispatch(s)
}

func (p *peer) dispatch(s *signal) {
	switch {
	case len(s.route) == 0:
		p.passOn(s)
	case p.neighbor(s.route[0]) != nil:
		p.forward(s, 1)
	default:
		p.worker.add(countSignalsWithoutRoute)
		if s.body == offer {
			p.refused(&signal{body: refusal, from: s.route[0], to: p.index, job: s.job, reason: messages.ErrNotNeighbor.Reason()})
		}
	}
}

// forward sends a signal to the neighbor at a place of its way.
func (p *peer) forward(s *signal, place int) {
	if l := p.neighbor(s.at(place)); l != nil {
		p.send(l, event{kind: kSignal, a: uint32(place), body: s})
		return
	}
	p.worker.add(countForwardsWithoutNeighbor)
}

func (p *peer) refuseOffer(s *signal, code messages.Code) {
	p.worker.add(countOffersRefused)
	p.dispatch(&signal{body: refusal, from: p.index, to: s.from, route: s.back(), job: s.job, reason: code.Reason(), direct: s.direct})
}

// signaled takes a signal that is for us.
func (p *peer) signaled(s *signal) {
	switch s.body {
	case offer:
		p.offered(s)
	case answer:
		p.answered(s)
	default:
		p.refused(s)
	}
}

// relay is an attempt on its way through us: the offer came from prev and went to
// next; one answer or refusal goes back.
type relay struct {
	offer      *signal
	place      int // ours on the way of the offer
	prev, next uint32
	held       [2]uint64 // the connections to both
	due        handle
}

// fromNeighbor takes a signal from a neighbor: for us, or to be relayed.
func (p *peer) fromNeighbor(m *event) {
	s, place := m.body.(*signal), int(m.a)
	l := p.current(m.src, m.conn)
	if l == nil {
		p.worker.add(countSignalsLate)
		return
	}
	allowed := l.signals.take(p.worker.now, p.config.SignalRate, p.config.SignalBurst)
	switch {
	case place > len(s.route) && !allowed && s.body == offer:
		p.refuseRelay(s, place, messages.ErrRate)
	case place > len(s.route):
		p.signaled(s)
	case s.body == offer:
		p.relayOffer(s, place, l, allowed)
	default:
		p.relayBack(s, place, m.src)
	}
}

// relayOffer passes a neighbor's offer on to the next on its way.
func (p *peer) relayOffer(s *signal, place int, from *link, allowed bool) {
	next := p.neighbor(s.at(place + 1))
	code := messages.Code("")
	switch {
	case !allowed:
		code = messages.ErrRate
	case len(p.relays) >= p.config.MaxRelays:
		code = messages.ErrFull
	case next == nil:
		code = messages.ErrNotNeighbor
	default:
		r := &relay{offer: s, place: place, prev: from.remote, next: next.remote, held: [2]uint64{from.number, next.number}}
		r.due = p.own(p.config.RequestTimeout, event{kind: kRelayDue, body: r})
		p.relays = append(p.relays, r)
		p.need(from, 1)
		p.need(next, 1)
		p.worker.add(countNeighbourSignals)
		p.forward(s, place+1)
		return
	}
	p.refuseRelay(s, place, code)
}

// relayBack passes an answer or a refusal back the way its offer came.
func (p *peer) relayBack(s *signal, place int, from uint32) {
	i := slices.IndexFunc(p.relays, func(r *relay) bool { return r.offer.job == s.job && r.offer.from == s.to && r.next == from })
	if i < 0 {
		p.worker.add(countSignalsLate)
		return
	}
	p.endRelay(i)
	p.worker.add(countNeighbourSignals)
	p.forward(s, place+1)
}

// refuseRelay tells the one who offered that its offer goes no further.
func (p *peer) refuseRelay(s *signal, place int, code messages.Code) {
	p.worker.add(countSignalsRefused)
	var rest []uint32
	for i := place - 1; i > 0; i-- {
		rest = append(rest, s.at(i))
	}
	back := &signal{body: refusal, from: p.index, to: s.from, route: rest, job: s.job, reason: code.Reason()}
	p.forward(back, 1)
}

func (p *peer) relayDue(r *relay) {
	if i := slices.Index(p.relays, r); i >= 0 {
		p.endRelay(i)
		p.refuseRelay(r.offer, r.place, messages.ErrExpired)
	}
}

func (p *peer) endRelay(i int) {
	r := p.relays[i]
	p.relays = slices.Delete(p.relays, i, i+1)
	p.worker.calendar.cancel(r.due)
	p.release(r.prev, r.held[0])
	p.release(r.next, r.held[1])
}

// need adds to the jobs that need a connection.
func (p *peer) need(l *link, by int) {
	l.holds = uint16(int(l.holds) + by)
	p.settle(l)
}

// release takes a job off a connection, if that still is.
func (p *peer) release(remote uint32, number uint64) {
	if l := p.current(remote, number); l != nil {
		p.need(l, -1)
	}
}

// relaysLost ends what depended on a neighbor that is gone.
func (p *peer) relaysLost(remote uint32) {
	for i := 0; i < len(p.relays); i++ {
		r := p.relays[i]
		if r.prev != remote && r.next != remote {
			continue
		}
		p.endRelay(i)
		i--
		if r.next == remote {
			p.refuseRelay(r.offer, r.place, messages.ErrNotNeighbor)
		}
	}
}
