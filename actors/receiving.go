package actors

import (
	"context"
	"iter"
	"sync/atomic"
)

// On calls notify with the events of type T that a protocol emits, in order, until
// cancel is called. The rules of Peer.Subscribe hold.
func On[T any](p *Peer, protocol string, notify func(event T)) (cancel func()) {
	if notify == nil {
		return p.Subscribe(protocol, nil)
	}
	return p.Subscribe(protocol, func(event any) {
		if e, ok := event.(T); ok {
			notify(e)
		}
	})
}

// Events iterates over the events of type T that a protocol emits after the start of
// the loop. While the loop is busy, up to limit of them wait (at least one); then the oldest
// is dropped. Each comes with the number of events that were dropped just before it. The loop
// ends when ctx or the peer does, and may be left. A handler or a subscriber may not wait:
// there it logs that and ends at once.
func Events[T any](ctx context.Context, p *Peer, protocol string, limit int) iter.Seq2[T, int] {
	return func(yield func(T, int) bool) {
		Keep[T](p, protocol, limit).All(ctx)(yield)
	}
}

// Kept holds the events of type T that a protocol emits, until the loop over All ends.
type Kept[T any] struct {
	peer     *Peer
	protocol string
	waiting  chan kept[T]
	awaited  atomic.Pointer[chan struct{}] // closed when something comes
	cancel   func()
}

// kept is an event that waits, and its number.
type kept[T any] struct {
	event  T
	number int
}

// Keep is Events for a loop that begins later. The events wait from now on.
func Keep[T any](p *Peer, protocol string, limit int) *Kept[T] {
	k := &Kept[T]{peer: p, protocol: protocol, waiting: make(chan kept[T], max(1, limit))}
	numbers := 0
	k.cancel = On(p, protocol, func(event T) {
		numbers++
		for in := false; !in; {
			select {
			case k.waiting <- kept[T]{event, numbers}:
				in = true
			default:
				select {
				case <-k.waiting: // the oldest makes way
				default:
				}
			}
		}
		if come := k.awaited.Swap(nil); come != nil {
			close(*come)
		}
	})
	return k
}

// All iterates over the events that wait and over those that come, once. Nothing is kept
// after that. The rules of Events hold.
func (k *Kept[T]) All(ctx context.Context) iter.Seq2[T, int] {
	return func(yield func(T, int) bool) {
		defer k.cancel()
		if err := k.peer.mayWait(ctx, "events"); err != nil {
			k.peer.shell.log.Error(err.Error(), "protocol", k.protocol)
			return
		}
		last := 0
		for ended := false; !ended; {
			come := make(chan struct{})
			k.awaited.Store(&come)
			ended = len(k.waiting) == 0 && k.peer.wait(ctx, "events", come) != nil
			for {
				next, ok := k.take()
				if !ok {
					break
				}
				if ctx.Err() != nil || !yield(next.event, next.number-last-1) {
					return
				}
				last = next.number
			}
		}
	}
}

// take takes the oldest that waits, which may make way at the same time.
func (k *Kept[T]) take() (next kept[T], ok bool) {
	select {
	case next = <-k.waiting:
		return next, true
	default:
		return next, false
	}
}
