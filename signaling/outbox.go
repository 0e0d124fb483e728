package signaling

// outbox hands the events of one Enter to its peer, one at a time and in order,
// on a goroutine of its own: whoever has an event to report may hold a lock, and
// waits for no peer.
type outbox struct {
	queue  chan any
	ending chan struct{} // closed by end, under the lock of the owner
	ended  bool          // guarded by the lock of the owner
	last   any
}

// newOutbox starts an outbox for limit events. free is called before the last
// event, from which the peer may enter again.
func newOutbox(limit int, events func(any), free func()) *outbox {
	o := &outbox{queue: make(chan any, limit), ending: make(chan struct{})}
	go o.run(events, free)
	return o
}

// offer queues an event; false when the queue is full or has ended. The caller
// holds the lock of the owner.
func (o *outbox) offer(event any) bool {
	if o.ended {
		return false
	}
	select {
	case o.queue <- event:
		return true
	default:
		return false
	}
}

// push queues an event as soon as there is room. The caller holds no lock.
func (o *outbox) push(event any) {
	select {
	case o.queue <- event:
	case <-o.ending:
	}
}

// end ends the outbox with a last event, after those that are queued. The caller
// holds the lock of the owner. It may be called again.
func (o *outbox) end(last any) {
	if !o.ended {
		o.ended, o.last = true, last
		close(o.ending)
	}
}

func (o *outbox) run(events func(any), free func()) {
	for {
		select {
		case event := <-o.queue:
			events(event)
			continue
		case <-o.ending:
		}
		for len(o.queue) > 0 {
			events(<-o.queue)
		}
		free()
		events(o.last)
		return
	}
}
