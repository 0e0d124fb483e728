package actors

import (
	"context"
	"iter"
	"sync/atomic"
)

// On calls notify with the events of type T that a protocol emits, in order, until
// cancel is called. The rules of Peer.Subscribe hold.
func On[T any](p *Peer, protocol string, notify func(event T)) (cancel func()) {
	return p.Subscribe(protocol, func(event any) {
		if e, ok := event.(T); ok {
			notify(e)
		}
	})
}

// Events iterates over the events of type T that a protocol emits after the start of
// the loop. While the loop is busy, up to limit of them wait (at least one). Each comes
// with the number of events that were dropped just before it. The loop ends when ctx or
// the peer does, and may be left. A handler or a subscriber may not wait: there it logs
// that and ends at once.
func Events[T any](ctx context.Context, p *Peer, protocol string, limit int) iter.Seq2[T, int] {
	return func(yield func(T, int) bool) {
		if err := p.mayWait("events"); err != nil {
			p.shell.log.Error(err.Error(), "protocol", protocol)
			return
		}
		waiting := make(chan kept[T], max(1, limit))
		dropped := 0
		var awaited atomic.Pointer[chan struct{}] // closed when something comes
		cancel := On(p, protocol, func(event T) {
			select {
			case waiting <- kept[T]{event, dropped}:
				dropped = 0
			default:
				dropped++
			}
			if come := awaited.Swap(nil); come != nil {
				close(*come)
			}
		})
		defer cancel()
		for ended := false; !ended; {
			come := make(chan struct{})
			awaited.Store(&come)
			ended = len(waiting) == 0 && p.wait(ctx, "events", come) != nil
			for len(waiting) > 0 {
				if k := <-waiting; ctx.Err() != nil || !yield(k.event, k.dropped) {
					return
				}
			}
		}
	}
}

// kept is an event that waits, and how many were dropped just before it.
type kept[T any] struct {
	event   T
	dropped int
}
