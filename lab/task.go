package lab

import (
	"iter"
	"time"
)

// task is a verb under way. It runs as a coroutine of the lab: until waits by
// switching back to the lab, so a world in virtual time can go on.
type task struct {
	*Lab
	Statement
	result Result
	err    error // after which the lab cannot go on
	resume func() (struct{}, bool)
	cancel func()
	hand   func(struct{}) bool // switches to the lab; false: the task must end
	ended  bool
	ending bool
}

// begin starts a verb and runs it as far as it goes without waiting.
func (l *Lab) begin(s Statement) *task {
	t := &task{Lab: l, Statement: s, result: Result{Line: s.Line, Verb: s.Verb, text: s.Text}}
	t.resume, t.cancel = iter.Pull(func(hand func(struct{}) bool) {
		t.hand = hand
		t.run()
	})
	t.step()
	return t
}

// step goes on with the verb, unless it has ended.
func (t *task) step() {
	if t.ended {
		return
	}
	if _, more := t.resume(); !more {
		t.ended = true
	}
}

// until waits until done holds, at most for limit. It reports whether it does.
func (t *task) until(limit time.Duration, done func() bool) bool {
	end := t.world.Elapsed() + limit
	for {
		switch {
		case t.ending:
			return false
		case done():
			return true
		case t.world.Elapsed() >= end:
			return false
		}
		t.ending = !t.hand(struct{}{})
	}
}
