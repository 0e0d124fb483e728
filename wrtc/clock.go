package wrtc

import (
	"time"

	"github.com/n2n-overlay/n2n/actors"
)

// Clock is the real time of package time. Inside a testing/synctest bubble that is
// virtual time.
type Clock struct{}

// Now implements actors.Clock.
func (Clock) Now() time.Time { return time.Now() }

// AfterFunc implements actors.Clock. post runs on a goroutine of its own.
func (Clock) AfterFunc(d time.Duration, post func()) actors.Timer { return time.AfterFunc(d, post) }
