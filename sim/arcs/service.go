package arcs

import (
	"math/rand/v2"
	"slices"
)

// service is the signaling service of a world: one room server, as far away as any
// peer. It is a part of the first worker's, under the number 0.
type service struct {
	world *World
	rooms map[string]*room
	rand  *rand.Rand
	seq   uint32
}

// room is the members of a room in the order in which they entered; 0: has left.
type room struct {
	members []uint32
	places  map[uint32]int
	left    int // how many have
}

// add lets a member in, behind the others.
func (r *room) add(member uint32) {
	r.remove(member)
	r.places[member] = len(r.members)
	r.members = append(r.members, member)
}

func (r *room) remove(member uint32) {
	place, ok := r.places[member]
	if !ok {
		return
	}
	r.members[place] = 0
	delete(r.places, member)
	r.left++
	if r.left > len(r.members)/2 {
		r.members = slices.DeleteFunc(r.members, func(m uint32) bool { return m == 0 })
		for i, m := range r.members {
			r.places[m] = i
		}
		r.left = 0
	}
}

// draw draws up to n members that entered before one, or else after it.
func (r *room) draw(random *rand.Rand, n int, asker uint32) []uint32 {
	at, ok := r.places[asker]
	if !ok {
		return nil
	}
	for _, among := range [][]uint32{r.members[:at], r.members[at+1:]} {
		if drawn := sample(random, n, among); len(drawn) > 0 {
			return drawn
		}
	}
	return nil
}

// sample draws up to n members that have not left.
func sample(random *rand.Rand, n int, members []uint32) []uint32 {
	var drawn []uint32
	for range 4 * n {
		if len(drawn) == n || len(members) == 0 {
			return drawn
		}
		if m := members[random.IntN(len(members))]; m != 0 && !slices.Contains(drawn, m) {
			drawn = append(drawn, m)
		}
	}
	drawn = drawn[:0]
	for _, i := range random.Perm(len(members)) {
		if m := members[i]; m != 0 && len(drawn) < n {
			drawn = append(drawn, m)
		}
	}
	return drawn
}

// report sends an event to a peer.
func (s *service) report(k *worker, dst uint32, e event) {
	s.seq++
	e.at, e.dst, e.src, e.seq = k.now+s.world.config.Network.Latency.Draw(s.rand), dst, 0, s.seq
	k.post(&e)
}

// happen is the one switch of all that the service is asked.
func (s *service) happen(k *worker, e *event) {
	if s.world.down {
		switch e.kind {
		case kEnter:
			s.report(k, e.src, event{kind: kRefused, job: e.job})
		case kPassOn:
			s.gone(k, e.body.(*signal))
		}
		return
	}
	switch e.kind {
	case kEnter:
		name := e.body.(string)
		if s.rooms[name] == nil {
			s.rooms[name] = &room{places: map[uint32]int{}}
		}
		s.rooms[name].add(e.src)
		s.report(k, e.src, event{kind: kEntered, job: e.job})
	case kQuit:
		if r := s.rooms[e.body.(string)]; r != nil {
			r.remove(e.src)
		}
	case kContacts:
		if r := s.rooms[e.body.(string)]; r != nil {
			s.report(k, e.src, event{kind: kListed, job: e.job, body: r.draw(s.rand, int(e.a), e.src)})
		}
	case kPassOn:
		signal := e.body.(*signal)
		if !s.together(signal.from, signal.to) {
			s.gone(k, signal)
			return
		}
		k.totals.ServerSignals++
		s.report(k, signal.to, event{kind: kPassedOn, body: signal})
	}
}

func (s *service) gone(k *worker, signal *signal) {
	s.report(k, signal.from, event{kind: kGone, job: signal.job, a: signal.to})
}

// together reports whether two peers are in one room.
func (s *service) together(a, b uint32) bool {
	for _, r := range s.rooms {
		_, hasA := r.places[a]
		if _, hasB := r.places[b]; hasA && hasB {
			return true
		}
	}
	return false
}

// Members is how many peers are in rooms; none while the service is stopped.
func (w *World) Members() int {
	n := 0
	for _, r := range w.service.rooms {
		n += len(r.places)
	}
	if w.down {
		return 0
	}
	return n
}
