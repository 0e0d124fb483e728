package protocols

import "time"

// Backoff is the wait before a protocol tries again something that failed, such as
// entering the overlay. It is 1 s at first and doubles with each failure, up to 1
// min. Each wait is varied by up to 30 %, so that peers do not try in step. The
// zero value has seen no failure.
type Backoff struct {
	failures int // in a row
	timer    Timer
}

// Later delivers event after the next wait. It does nothing if an event is pending
// already.
func (b *Backoff) Later(port Port, event any) {
	if b.timer != nil {
		return
	}
	wait := min(time.Second<<min(b.failures, 10), time.Minute)
	b.failures++
	b.timer = port.After(Spread(port, wait, 0.3), event)
}

// Over notes that the event was delivered, so that Later can start another wait.
func (b *Backoff) Over() { b.timer = nil }

// Succeeded forgets the failures.
func (b *Backoff) Succeeded() { b.failures = 0 }

// Stop keeps the event from being delivered.
func (b *Backoff) Stop() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
}
