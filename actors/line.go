package actors

// Line holds the turns that wait, in order of arrival, but those of system messages
// before all others. It is not safe for concurrent use.
type Line struct {
	user, system ring
	messages     uint64
}

// Push appends a turn.
func (l *Line) Push(t Turn) {
	if t.system {
		l.system.push(t)
	} else {
		l.user.push(t)
	}
}

// Pop takes the next turn out; false when there is none.
func (l *Line) Pop() (Turn, bool) {
	if l.system.size > 0 {
		return l.system.pop(), true
	}
	if l.user.size > 0 {
		l.messages++
		return l.user.pop(), true
	}
	l.user.forget()
	l.system.forget()
	return Turn{}, false
}

// Messages is how many turns were taken out so far, without those of system
// messages.
func (l *Line) Messages() uint64 { return l.messages }

// keptTurns is what an empty ring keeps.
const keptTurns = 256

// ring is a queue that grows. Its size is a power of two.
type ring struct {
	turns       []Turn
	first, size int
}

func (r *ring) push(t Turn) {
	if r.size == len(r.turns) {
		grown := make([]Turn, max(16, 2*len(r.turns)))
		n := copy(grown, r.turns[r.first:])
		copy(grown[n:], r.turns[:r.first])
		r.turns, r.first = grown, 0
	}
	r.turns[(r.first+r.size)&(len(r.turns)-1)] = t
	r.size++
}

func (r *ring) pop() Turn {
	t := r.turns[r.first]
	r.turns[r.first] = Turn{}
	r.first = (r.first + 1) & (len(r.turns) - 1)
	r.size--
	return t
}

// forget gives back memory that only a peak of work needed.
func (r *ring) forget() {
	if len(r.turns) > keptTurns {
		r.turns, r.first = nil, 0
	}
}
