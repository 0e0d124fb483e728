//go:build js

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

// maxWaiting is how many calls of one protocol can wait for an event.
const maxWaiting = 4096

// protocol is a protocol that a page runs, with the values that its calls need.
type protocol struct {
	protocols.Protocol
	use                   string
	isText                bool // for use messages: they are text
	maxData               int  // the most bytes that it sends at once
	deadline, maxDeadline time.Duration
	rank                  tman.Rank

	stop    func() // ends the subscription
	started bool   // earlier events are of another protocol of this name

	mu      sync.Mutex
	waiting []*waiter
	ended   bool
	number  uint64 // the last id that unicast was given
}

// waiter is a call that waits for its event.
type waiter struct {
	is   func(event any) bool
	done chan any // holds the event
}

// wait registers a call. It comes before the request whose event the call waits for.
func (p *protocol) wait(is func(any) bool) (*waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ended:
		return nil, &failure{messages.ErrNoProtocol, fmt.Sprintf("protocol %q was removed", p.Name)}
	case len(p.waiting) >= maxWaiting:
		return nil, &failure{messages.ErrFull, fmt.Sprintf("%d calls of protocol %q wait already", maxWaiting, p.Name)}
	}
	w := &waiter{is, make(chan any, 1)}
	p.waiting = append(p.waiting, w)
	return w, nil
}

// await returns the event that w waits for.
func (p *protocol) await(ctx context.Context, w *waiter) (any, error) {
	select {
	case event, ok := <-w.done:
		if !ok {
			return nil, &failure{messages.ErrClosed, fmt.Sprintf("protocol %q has ended", p.Name)}
		}
		return event, nil
	case <-ctx.Done():
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := range p.waiting {
			if p.waiting[i] == w {
				p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
				break
			}
		}
		return nil, context.Cause(ctx)
	}
}

// hear hands an event to the calls that wait for it.
func (p *protocol) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.waiting[:0]
	for _, w := range p.waiting {
		if w.is(event) {
			w.done <- event
		} else {
			left = append(left, w)
		}
	}
	clear(p.waiting[len(left):])
	p.waiting = left
}

// end ends the calls that wait.
func (p *protocol) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for _, w := range p.waiting {
		close(w.done)
	}
	p.waiting = nil
}

// described returns the protocol as a page gets it.
func (p *protocol) described() fields { return fields{"name": p.Name, "use": p.use} }

func (p *protocol) next() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	return p.number
}

// message makes a message from data, for use messages.
func (p *protocol) message(data []byte) proto.Message {
	if p.isText {
		return &wrapperspb.StringValue{Value: string(data)}
	}
	return &wrapperspb.BytesValue{Value: data}
}

// fits returns an error if data cannot be sent.
func (p *protocol) fits(data []byte, isText bool) error {
	switch {
	case p.isText && !isText:
		return invalidf("data is bytes, and the content of protocol %q is text", p.Name)
	case len(data) > p.maxData:
		return &failure{messages.ErrTooBig, fmt.Sprintf("data has %d bytes, protocol %q sends at most %d", len(data), p.Name, p.maxData)}
	}
	return nil
}
