package arcs

import "time"

// pool is the goroutines of the workers, but that of the first.
type pool struct {
	limits []chan time.Duration
	done   chan struct{}
}

// together runs all workers until limit, each on a goroutine of its own.
func (w *World) together(limit time.Duration) {
	if w.pool == nil {
		w.pool = &pool{done: make(chan struct{}, len(w.workers))}
		for _, k := range w.workers[1:] {
			limits := make(chan time.Duration, 1)
			w.pool.limits = append(w.pool.limits, limits)
			go func() {
				for limit := range limits {
					k.run(limit)
					w.pool.done <- struct{}{}
				}
			}()
		}
	}
	for _, limits := range w.pool.limits {
		limits <- limit
	}
	w.workers[0].run(limit)
	for range w.pool.limits {
		<-w.pool.done
	}
}

// Close ends the world's goroutines. It is not to be used afterwards.
func (w *World) Close() {
	if w.pool != nil {
		for _, limits := range w.pool.limits {
			close(limits)
		}
		w.pool = nil
	}
}
