package n2n

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// maxServing is how many requests of others are answered at a time. More are turned down
// (messages.ErrFull).
const maxServing = 64

// maxWithin is the longest time for a reply.
const maxWithin = time.Minute

// Request is a question from a neighbor.
type Request struct {
	From messages.PeerID
	Body []byte // not to be changed
}

type answer func(ctx context.Context, r Request) ([]byte, error)

// Request asks a neighbor, which answers by its Handle, and returns the reply. It ends at the
// deadline of ctx, after a minute at most; after 10 s if ctx has no deadline. Errors: those of
// unicast.Handle.Request, such as messages.ErrNotNeighbor and messages.ErrTimeout.
func (p *Peer) Request(ctx context.Context, to messages.PeerID, body []byte) ([]byte, error) {
	within := time.Duration(0)
	if ctx == nil {
		return nil, fmt.Errorf("n2n: request: the context is nil")
	}
	if deadline, ok := ctx.Deadline(); ok {
		within = max(time.Millisecond, min(time.Until(deadline), maxWithin))
	}
	return unicast.Of(p.actors, unicastName).Request(ctx, to, body, within)
}

// Handle answers the requests of others with the replies of do, and replaces the function of
// a Handle before. An error of do turns the request down, and the peer that asked gets its
// text. do is called on a goroutine for each request, at most 64 at a time; its context ends
// at the deadline of the request, or when the peer ends. A panic of do is logged and turns
// the request down.
func (p *Peer) Handle(do func(ctx context.Context, r Request) ([]byte, error)) {
	a := answer(do)
	p.answer.Store(&a)
	p.serve()
}

// serve begins to answer requests. A unicast of the caller's own is left to the caller until
// Handle is called.
func (p *Peer) serve() { p.serves.Do(p.subscribe) }

func (p *Peer) subscribe() {
	actors.On(p.actors, unicastName, func(asked unicast.Requested) {
		do := p.answer.Load()
		if do == nil || *do == nil {
			p.reject(asked, unicast.Reason_REASON_REFUSED, "nobody answers requests here")
			return
		}
		select {
		case p.serving <- struct{}{}:
		default:
			p.reject(asked, unicast.Reason_REASON_FULL, "too many requests are answered at present")
			return
		}
		go func() {
			defer func() { <-p.serving }()
			ctx, cancel := context.WithDeadline(p.lives, asked.Deadline)
			defer cancel()
			body, err := p.reply(ctx, *do, Request{asked.From, asked.Payload})
			if err != nil {
				text := err.Error()
				p.reject(asked, unicast.Reason_REASON_REFUSED, text[:min(len(text), unicast.MaxText)])
				return
			}
			// A reply that comes too late needs no report: the peer that asked has its timeout.
			if err := unicast.Of(p.actors, unicastName).Reply(ctx, asked, body); messages.CodeOf(err) == messages.ErrTooBig {
				p.reject(asked, unicast.Reason_REASON_REFUSED, "the reply is too big")
			}
		}()
	})
}

// reply calls the function of Handle. A panic of it ends this request alone.
func (p *Peer) reply(ctx context.Context, do answer, r Request) (body []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			p.log.Error("n2n: the function of Handle panicked", "peer", p.ID(), "from", r.From, "cause", cause, "stack", string(debug.Stack()))
			err = errors.New("the answer failed")
		}
	}()
	return do(ctx, r)
}

func (p *Peer) reject(asked unicast.Requested, reason unicast.Reason, text string) {
	_ = p.actors.Tell(unicastName, unicast.Reject{To: asked.From, ID: asked.ID, Reason: reason, Text: text})
}
