package visit

// Outbox delivers the events of one Enter to its peer, one at a time and in order,
// on a goroutine of its own. So a caller with an event may hold a lock, and waits
// for no peer.
type Outbox struct {
	queue  chan any
	ending chan struct{} // closed by End, under the lock of the owner
	ended  bool          // guarded by the lock of the owner
	last   any
}

// NewOutbox starts an outbox for limit events. It calls free before the last event.
// After that the peer may enter again.
func NewOutbox(limit int, events func(any), free func()) *Outbox {
	o := &Outbox{queue: make(chan any, limit), ending: make(chan struct{})}
	go o.run(events, free)
	return o
}

// Offer queues an event. It returns false when the queue is full or has ended. The
// caller holds the lock of the owner.
func (o *Outbox) Offer(event any) bool {
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

// Push queues an event as soon as there is space. The caller holds no lock.
func (o *Outbox) Push(event any) {
	select {
	case o.queue <- event:
	case <-o.ending:
	}
}

// End ends the outbox with a last event, after the queued ones. The caller holds
// the lock of the owner. It may be called again.
func (o *Outbox) End(last any) {
	if !o.ended {
		o.ended, o.last = true, last
		close(o.ending)
	}
}

func (o *Outbox) run(events func(any), free func()) {
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
