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

// maxWaiting bounds the calls of one protocol that wait for an event.
const maxWaiting = 4096

// protocol is one that a page runs, with what its calls need to know of it.
type protocol struct {
	protocols.Protocol
	use                   string
	isText                bool // of messages: they are text
	maxData               int  // the largest that it sends
	deadline, maxDeadline time.Duration
	rank                  tman.Rank

	stop    func() // ends the subscription
	started bool   // what came before is of another one of this name

	mu      sync.Mutex
	waiting []*waiter
	ended   bool
	number  uint64 // the last id that unicast was given
}

// waiter is a call that waits for an event that is its own.
type waiter struct {
	is   func(event any) bool
	done chan any // holds the event
}

// wait registers a call, before it asks for what it waits for.
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

// end lets go of those that wait.
func (p *protocol) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for _, w := range p.waiting {
		close(w.done)
	}
	p.waiting = nil
}

// described is the protocol as a page is told of it.
func (p *protocol) described() fields { return fields{"name": p.Name, "use": p.use} }

func (p *protocol) next() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	return p.number
}

// message makes a message of data, of messages.
func (p *protocol) message(data []byte) proto.Message {
	if p.isText {
		return &wrapperspb.StringValue{Value: string(data)}
	}
	return &wrapperspb.BytesValue{Value: data}
}

// fits says what is wrong with data, if it cannot be sent.
func (p *protocol) fits(data []byte, isText bool) error {
	switch {
	case p.isText && !isText:
		return invalidf("data is bytes, and the content of protocol %q is text", p.Name)
	case len(data) > p.maxData:
		return &failure{messages.ErrTooBig, fmt.Sprintf("data has %d bytes, protocol %q sends at most %d", len(data), p.Name, p.maxData)}
	}
	return nil
}
