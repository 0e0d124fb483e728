package actors

import "time"

// Clock is the time that a peer lives in.
type Clock interface {
	// Now is the time of the peer's world.
	Now() time.Time
	// AfterFunc calls post once after d, unless stopped. post only posts a
	// message to an actor.
	AfterFunc(d time.Duration, post func()) Timer
}

// Timer is a pending call of Clock.AfterFunc.
type Timer interface {
	// Stop reports whether it kept post from being called.
	Stop() bool
}
