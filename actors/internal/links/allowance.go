package links

import "time"

// These bound the changes of arcs that a neighbor may tell of. Each is an event for
// a protocol, and one small frame can tell of many.
const (
	arcRate  = 2048 // a second
	ArcBurst = 8192 // at once
)

// allowance is what is left of ArcBurst. The zero value is all of it.
type allowance struct {
	used  float64
	since time.Time
}

// take uses n of the allowance, and reports whether there was as much.
func (a *allowance) take(now time.Time, n int) bool {
	a.used = max(0, a.used-arcRate*min(now.Sub(a.since), time.Minute).Seconds())
	a.since = now
	if a.used+float64(n) > ArcBurst {
		return false
	}
	a.used += float64(n)
	return true
}
