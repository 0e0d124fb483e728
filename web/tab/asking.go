//go:build js

package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// The calls that tell a protocol something and wait for the event that ends it.

// publish returns the id of the message once the protocol has taken it.
func publish(ctx context.Context, p *peer, o *object) (any, error) {
	made, data, err := o.sending(p, "publish", "broadcast", "plumtree")
	after := o.messageIDs("after")
	if err == nil {
		err = o.done()
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.limits.RequestTimeout, messages.ErrTimeout)
	defer cancel()
	id, err := protocols.Publish(ctx, p, made.Name, messages.Publish{Payload: data, After: after})
	if err != nil {
		return nil, err
	}
	return events.IDOf(id), nil
}

// ask tells a protocol something and waits for the event that ends it, at most as
// long as RequestTimeout.
func (p *peer) ask(ctx context.Context, made *protocol, what any, is func(any) bool) (any, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.limits.RequestTimeout, messages.ErrTimeout)
	defer cancel()
	return p.askFor(ctx, made, what, is)
}

func (p *peer) askFor(ctx context.Context, made *protocol, what any, is func(any) bool) (any, error) {
	w, err := made.wait(is)
	if err != nil {
		return nil, err
	}
	if err := p.Tell(made.Name, what); err != nil {
		return nil, err
	}
	return made.await(ctx, w)
}

// maxAfter is how many messages a page can name for one message to come after.
const maxAfter = 256

func (o *object) messageIDs(name string) []messages.MessageID {
	list := o.list(name, maxAfter)
	if list == nil {
		return nil
	}
	ids := make([]messages.MessageID, len(list))
	for i, v := range list {
		text, _ := v.(string)
		id, ok := events.ParseID(text)
		if !ok {
			o.bad(fmt.Sprintf("%s[%d]", name, i), v, "the id of a message that was delivered")
		}
		ids[i] = id
	}
	return ids
}

// graceOfRequest is how long after the deadline of a request its call ends if the protocol
// says nothing, because its handler was made anew meanwhile.
const graceOfRequest = time.Second

func request(ctx context.Context, p *peer, o *object) (any, error) {
	made, data, err := o.sending(p, "request", "unicast")
	var to messages.PeerID
	o.need("peer")
	o.peer("peer", &to)
	var given time.Duration // as the page gave it, not the time left by now
	o.duration("timeout", &given)
	if err == nil {
		err = o.done()
	}
	if err != nil {
		return nil, err
	}
	within := made.deadline
	if given > 0 {
		within = max(time.Millisecond, given)
	}
	if within > made.maxDeadline {
		return nil, invalidf("request: timeout is %.0f, must be at most maxDeadline, %.0f", float64(within)/float64(time.Millisecond), float64(made.maxDeadline)/float64(time.Millisecond))
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), within+graceOfRequest, messages.ErrTimeout)
	defer cancel()
	id := made.next()
	event, err := p.askFor(ctx, made, unicast.Request{ID: id, To: to, Payload: data, Within: within}, func(event any) bool {
		switch e := event.(type) {
		case unicast.Answered:
			return e.ID == id
		case unicast.Rejected:
			return e.ID == id
		case unicast.Failed:
			return e.What == "request" && e.ID == id
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	switch e := event.(type) {
	case unicast.Answered:
		return bytes.Clone(e.Payload), nil
	case unicast.Rejected:
		return nil, rejected(e)
	default:
		return nil, event.(unicast.Failed).Err
	}
}

// The reasons for which a request is turned down, as a page names them.
var reasons = []string{"refused", "full", "invalid"}

func rejected(e unicast.Rejected) error {
	code := messages.ErrRefused
	if i := int(e.Reason) - int(unicast.Reason_REASON_REFUSED); i >= 0 && i < len(reasons) {
		code = messages.Code(reasons[i])
	}
	return &failure{code, fmt.Sprintf("request: %v turned it down: %q", e.From, e.Text)}
}

func estimateNow(ctx context.Context, p *peer, o *object) (any, error) {
	made, err := o.of(p, "estimate", "size")
	if err == nil {
		err = o.done()
	}
	if err != nil {
		return nil, err
	}
	event, err := p.ask(ctx, made, size.EstimateRequest{}, func(event any) bool { _, ok := event.(size.Estimate); return ok })
	if err != nil {
		return nil, err
	}
	return events.EstimateFields(event.(size.Estimate)), nil
}

func describePeer(ctx context.Context, p *peer, o *object) (any, error) {
	made, err := o.of(p, "describe", "tman")
	var data []byte
	o.need("data")
	o.bytes("data", &data)
	if err == nil {
		err = o.done()
	}
	switch {
	case err != nil:
		return nil, err
	case len(data) > tman.MaxData:
		return nil, &failure{messages.ErrTooBig, fmt.Sprintf("describe: data has %d bytes, at most %d are allowed", len(data), tman.MaxData)}
	}
	if err := made.rank.Check(data); err != nil {
		return nil, invalidf("describe: data: %v", err)
	}
	_, err = p.ask(ctx, made, tman.Describe{Data: data}, func(event any) bool {
		d, ok := event.(tman.Described)
		return ok && bytes.Equal(d.Descriptor.Data, data)
	})
	return nil, err
}
