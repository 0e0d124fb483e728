package client

import (
	"sync"

	"github.com/n2n-overlay/n2n/messages"
)

// requests is the bounded queue between the users of a client and its session. A
// signal that finds it full is rejected. Rejections are reported up to the length
// of the queue, and dropped after that. A request for contacts that finds it full
// is dropped.
type requests struct {
	limit int
	// wake holds a token when the queue may have a request.
	wake chan struct{}

	mu     sync.Mutex
	queue  []*messages.Rendezvous
	turned []*messages.Signal
}

func newRequests(limit int) *requests {
	return &requests{limit: limit, wake: make(chan struct{}, 1)}
}

func (r *requests) push(m *messages.Rendezvous) {
	r.mu.Lock()
	signal := m.GetSignal()
	switch {
	case len(r.queue) < r.limit:
		r.queue = append(r.queue, m)
	case signal != nil && len(r.turned) < r.limit:
		r.turned = append(r.turned, signal)
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// pop returns the oldest request, or nil.
func (r *requests) pop() *messages.Rendezvous {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		return nil
	}
	m := r.queue[0]
	r.queue[0] = nil
	r.queue = r.queue[1:]
	return m
}

// rejected returns the rejected signals. With all, it also returns those that wait,
// so that only requests for contacts stay in the queue.
func (r *requests) rejected(all bool) []*messages.Signal {
	r.mu.Lock()
	defer r.mu.Unlock()
	signals := r.turned
	r.turned = nil
	if !all {
		return signals
	}
	var stay []*messages.Rendezvous
	for _, m := range r.queue {
		if signal := m.GetSignal(); signal != nil {
			signals = append(signals, signal)
		} else {
			stay = append(stay, m)
		}
	}
	r.queue = stay
	return signals
}
