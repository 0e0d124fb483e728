// Package together runs the workers of a simulated world side by side, in windows in which
// none can hear of another.
package together

import "time"

// Workers run the parts of a world, each on a goroutine of its own.
type Workers struct {
	first  func(limit time.Duration) // on the goroutine of the caller
	limits []chan time.Duration      // of the others
	done   chan struct{}
}

// New makes Workers of at least one part. A part runs until a limit of virtual time.
func New(parts ...func(limit time.Duration)) *Workers {
	w := &Workers{first: parts[0], done: make(chan struct{}, len(parts))}
	for _, part := range parts[1:] {
		limits := make(chan time.Duration, 1)
		w.limits = append(w.limits, limits)
		go func() {
			for limit := range limits {
				part(limit)
				w.done <- struct{}{}
			}
		}()
	}
	return w
}

// Run runs all parts until limit, and returns when all have.
func (w *Workers) Run(limit time.Duration) {
	for _, limits := range w.limits {
		limits <- limit
	}
	w.first(limit)
	for range w.limits {
		<-w.done
	}
}

// Close ends the goroutines. Workers are not to be used afterwards.
func (w *Workers) Close() {
	for _, limits := range w.limits {
		close(limits)
	}
}
