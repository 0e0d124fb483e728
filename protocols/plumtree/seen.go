package plumtree

import "github.com/n2n-overlay/n2n/messages"

// seen remembers the last IDs, and of those it forgets how far each origin had come.
type seen struct {
	ids    map[id]struct{}
	order  []id // a ring once full: the oldest is at next
	next   int
	most   int
	floors map[source]uint64 // sequence numbers up to this one were seen, or came too late
	forgot []source          // a ring of the keys of floors
	oldest int
}

// source is one start of an origin.
type source struct {
	origin messages.PeerID
	epoch  uint64
}

func newSeen(most int) *seen {
	return &seen{ids: map[id]struct{}{}, floors: map[source]uint64{}, most: most}
}

// has reports whether a message was seen.
func (s *seen) has(i id) bool {
	if _, ok := s.ids[i]; ok {
		return true
	}
	floor, ok := s.floors[source{i.origin, i.epoch}]
	return ok && i.seq <= floor
}

// add reports whether a message is new, and remembers it.
func (s *seen) add(i id) bool {
	if s.has(i) {
		return false
	}
	s.ids[i] = struct{}{}
	if len(s.order) < s.most {
		s.order = append(s.order, i)
		return true
	}
	old := s.order[s.next]
	s.order[s.next] = i
	s.next = (s.next + 1) % s.most
	delete(s.ids, old)
	s.raise(source{old.origin, old.epoch}, old.seq)
	return true
}

// raise takes all up to seq for seen. As many sources as IDs are kept.
func (s *seen) raise(from source, seq uint64) {
	floor, known := s.floors[from]
	if known {
		s.floors[from] = max(floor, seq)
		return
	}
	s.floors[from] = seq
	if len(s.forgot) < s.most {
		s.forgot = append(s.forgot, from)
		return
	}
	delete(s.floors, s.forgot[s.oldest])
	s.forgot[s.oldest] = from
	s.oldest = (s.oldest + 1) % s.most
}
