package lab

import (
	"sync/atomic"
	"time"

	"github.com/n2n-overlay/n2n/actors"
)

// What peers are started with, to be told from other durations: see clock.
const (
	deadlineMark = 10*time.Second + 2*time.Nanosecond
	lingerMark   = 60*time.Second + time.Nanosecond
)

// settings are what set changes.
type settings struct{ deadline, linger atomic.Int64 }

func newSettings() *settings {
	s := &settings{}
	s.deadline.Store(int64(deadlineMark))
	s.linger.Store(int64(lingerMark))
	return s
}

// clock is the time of a peer in a lab. A peer's configuration is fixed when it
// starts; the clock makes a deadline or linger time that was set since then hold
// for timers that start from now on.
type clock struct {
	actors.Clock
	settings *settings
}

// AfterFunc implements actors.Clock.
func (c clock) AfterFunc(d time.Duration, post func()) actors.Timer {
	switch d {
	case deadlineMark:
		d = time.Duration(c.settings.deadline.Load())
	case deadlineMark / 2: // of who answers
		d = time.Duration(c.settings.deadline.Load()) / 2
	case lingerMark:
		d = time.Duration(c.settings.linger.Load())
	}
	return c.Clock.AfterFunc(d, post)
}
