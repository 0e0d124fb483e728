//go:build js

package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// A call of a page that waits. It gets its arguments, and runs on a goroutine of its own.
type call func(ctx context.Context, p *peer, o *object) (any, error)

// calls are those that wait, by method.
var calls = map[string]call{
	"join":      join,
	"leave":     leave,
	"spawn":     spawn,
	"remove":    remove,
	"neighbors": neighbors,
	"snapshot":  snapshot,
	"open":      open,
	"close":     onArc((*peer).Close),
	"lock":      onArc((*peer).Lock),
	"unlock":    onArc((*peer).Unlock),
	"drop":      onArc((*peer).Drop),
	"invite":    onArc((*peer).Invite),
	"introduce": introduce,
	"contacts":  contacts,
	"publish":   publish,
	"request":   request,
	"estimate":  estimateNow,
	"describe":  describePeer,
}

// errTimeout is what a call's own timeout ends it with.
var errTimeout = &failure{messages.ErrTimeout, "it took longer than its timeout"}

// do makes a call, within its timeout if it has one.
func do(ctx context.Context, p *peer, method string, v any) (any, error) {
	make := calls[method]
	if make == nil {
		return nil, invalidf("there is no call %.40q", method)
	}
	o := arguments(method, v)
	within := time.Duration(0)
	o.duration("timeout", &within)
	if _, given := o.fields["timeout"]; given && within <= 0 {
		o.bad("timeout", o.fields["timeout"], "above 0")
	}
	if o.err != nil {
		return nil, o.err
	}
	if within > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeoutCause(ctx, within, errTimeout)
		defer cancel()
	}
	value, err := make(ctx, p, o)
	return value, asInvalid(method+": ", err)
}

func join(ctx context.Context, p *peer, o *object) (any, error) {
	room := ""
	o.need("room")
	o.text("room", &room)
	if err := o.done(); err != nil {
		return nil, err
	}
	if room == "" || len(room) > messages.MaxRoom {
		return nil, invalidf("join: room has %d bytes, must have 1 to %d", len(room), messages.MaxRoom)
	}
	contact, err := p.Join(ctx, room)
	if err != nil || contact.IsZero() {
		return nil, err
	}
	return name(contact), nil
}

func leave(ctx context.Context, p *peer, o *object) (any, error) {
	if err := o.done(); err != nil {
		return nil, err
	}
	return nil, p.leave(ctx)
}

func spawn(_ context.Context, p *peer, o *object) (any, error) {
	options, _ := o.take("options")
	if err := o.done(); err != nil {
		return nil, err
	}
	made, err := newProtocol("options", options)
	if err != nil {
		return nil, err
	}
	if err := p.spawn(made); err != nil {
		return nil, err
	}
	return made.described(), nil
}

func remove(_ context.Context, p *peer, o *object) (any, error) {
	name := ""
	o.need("name")
	o.text("name", &name)
	if err := o.done(); err != nil {
		return nil, err
	}
	return nil, p.Remove(name)
}

func neighbors(ctx context.Context, p *peer, o *object) (any, error) {
	if err := o.done(); err != nil {
		return nil, err
	}
	ids, err := p.Neighbors(ctx)
	return names(ids), err
}

func open(ctx context.Context, p *peer, o *object) (any, error) {
	protocol, to, err := o.arc()
	via := o.peers("via", messages.MaxRoute)
	if err == nil {
		err = o.done()
	}
	if err != nil {
		return nil, err
	}
	return nil, p.Open(ctx, protocol, to, via...)
}

// onArc is a call about the arcs with one peer.
func onArc(do func(*peer, context.Context, string, messages.PeerID) error) call {
	return func(ctx context.Context, p *peer, o *object) (any, error) {
		protocol, to, err := o.arc()
		if err == nil {
			err = o.done()
		}
		if err != nil {
			return nil, err
		}
		return nil, do(p, ctx, protocol, to)
	}
}

// arc reads the protocol and the peer of a call.
func (o *object) arc() (protocol string, to messages.PeerID, err error) {
	o.need("protocol", "peer")
	o.text("protocol", &protocol)
	o.peer("peer", &to)
	return protocol, to, o.err
}

func introduce(ctx context.Context, p *peer, o *object) (any, error) {
	protocol := ""
	var from, to messages.PeerID
	var views [2]int
	o.need("protocol", "from", "to")
	o.text("protocol", &protocol)
	o.peer("from", &from)
	o.peer("to", &to)
	if list := o.list("views", 2); list != nil {
		if len(list) != 2 {
			o.bad("views", list, "an array of two")
		}
		for i, v := range list {
			named := fmt.Sprintf("views[%d]", i)
			o.fields[named] = v
			o.choice(named, &views[min(i, 1)], "any", "in", "out")
		}
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	return nil, p.Introduce(ctx, protocol, from, to, messages.Views{From: messages.ViewName(views[0]), To: messages.ViewName(views[1])})
}

func contacts(ctx context.Context, p *peer, o *object) (any, error) {
	protocol, count := "", 0
	o.need("protocol", "count")
	o.text("protocol", &protocol)
	o.whole("count", &count)
	if err := o.done(); err != nil {
		return nil, err
	}
	if count < 1 || count > messages.MaxContacts {
		return nil, invalidf("contacts: count is %d, must be 1 to %d", count, messages.MaxContacts)
	}
	ids, err := p.Contacts(ctx, protocol, count)
	return names(ids), err
}

// publish waits until the message is delivered here.
func publish(ctx context.Context, p *peer, o *object) (any, error) {
	made, data, err := o.sending(p, "publish", "broadcast", "plumtree")
	after := o.messageIDs("after")
	if err == nil {
		err = o.done()
	}
	if err != nil {
		return nil, err
	}
	// What is delivered or refused is told by the very bytes that were published.
	payload := append(make([]byte, 0, len(data)+1), data...)
	same := func(b []byte) bool { return cap(b) > 0 && &b[:1][0] == &payload[:1][0] }
	event, err := p.ask(ctx, made, messages.Publish{Payload: payload, After: after}, func(event any) bool {
		switch e := event.(type) {
		case messages.Delivered:
			return same(e.Payload)
		case messages.PublishRefused:
			return same(e.Publish.Payload)
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	switch e := event.(type) {
	case messages.Delivered:
		return messageID(e.ID()), nil
	default:
		err := e.(messages.PublishRefused).Err
		return nil, &failure{codeOf(err), err.Error()}
	}
}

// ask tells a protocol something and waits for the event that ends it, at most
// for the deadline of requests.
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
	p.Tell(made.Name, what)
	return made.await(ctx, w)
}

// maxAfter is how many messages one can be said to come after.
const maxAfter = 256

func (o *object) messageIDs(name string) []messages.MessageID {
	list := o.list(name, maxAfter)
	if list == nil {
		return nil
	}
	ids := make([]messages.MessageID, len(list))
	for i, v := range list {
		text, _ := v.(string)
		id, err := parseMessageID(text)
		if err != nil {
			o.bad(fmt.Sprintf("%s[%d]", name, i), v, "the id of a message that was delivered")
		}
		ids[i] = id
	}
	return ids
}

// graceOfRequest is how much later than a request's own deadline its call ends if the
// protocol says nothing: its handler was made anew meanwhile.
const graceOfRequest = time.Second

func request(ctx context.Context, p *peer, o *object) (any, error) {
	made, data, err := o.sending(p, "request", "unicast")
	var to messages.PeerID
	o.need("peer")
	o.peer("peer", &to)
	if err == nil {
		err = o.done()
	}
	if err != nil {
		return nil, err
	}
	within := made.deadline
	if deadline, ok := ctx.Deadline(); ok {
		within = max(time.Millisecond, time.Until(deadline))
	}
	if within > made.maxDeadline {
		return nil, invalidf("request: timeout is %.0f, must be at most maxDeadline, %.0f", milliseconds(within), milliseconds(made.maxDeadline))
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
	return estimate(event.(size.Estimate)), nil
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

// of reads the protocol of a call, which has to be of one of the uses.
func (o *object) of(p *peer, method string, uses ...string) (*protocol, error) {
	name := ""
	o.need("protocol")
	o.text("protocol", &name)
	if o.err != nil {
		return nil, o.err
	}
	return p.protocol(method, name, uses...)
}

// sending reads also what is to be sent.
func (o *object) sending(p *peer, method string, uses ...string) (*protocol, []byte, error) {
	var data []byte
	isText := false
	made, err := o.of(p, method, uses...)
	o.need("data")
	o.data("data", &data, &isText)
	if err == nil {
		err = o.err
	}
	if err == nil {
		err = made.fits(data, isText)
	}
	return made, data, err
}

// An act of a page does not wait.
type act func(p *peer, o *object) error

var acts = map[string]act{
	"crash":     func(p *peer, o *object) error { p.Crash(); return o.done() },
	"send":      send,
	"reply":     reply,
	"reject":    reject,
	"multicast": multicast,
}

func send(p *peer, o *object) error {
	made, data, err := o.sending(p, "send", "messages", "unicast")
	var to messages.PeerID
	o.need("peer")
	o.peer("peer", &to)
	if err == nil {
		err = o.done()
	}
	switch {
	case err != nil:
		return err
	case made.use == "unicast":
		p.Tell(made.Name, unicast.Send{ID: made.next(), To: to, Payload: data})
	default:
		p.Send(made.Name, to, made.message(data))
	}
	return nil
}

func reply(p *peer, o *object) error {
	made, data, err := o.sending(p, "reply", "unicast")
	to, id := o.requested()
	if err == nil {
		err = o.done()
	}
	if err == nil {
		p.Tell(made.Name, unicast.Reply{To: to, ID: id, Payload: data})
	}
	return err
}

func reject(p *peer, o *object) error {
	made, err := o.of(p, "reject", "unicast")
	to, id := o.requested()
	reason, text := 0, ""
	o.choice("reason", &reason, reasons...)
	o.text("text", &text)
	if err == nil {
		err = o.done()
	}
	switch {
	case err != nil:
		return err
	case len(text) > unicast.MaxText:
		return &failure{messages.ErrTooBig, fmt.Sprintf("reject: text has %d bytes, at most %d are allowed", len(text), unicast.MaxText)}
	}
	p.Tell(made.Name, unicast.Reject{To: to, ID: id, Reason: unicast.Reason_REASON_REFUSED + unicast.Reason(reason), Text: text})
	return nil
}

// requested reads the names of a request that came.
func (o *object) requested() (from messages.PeerID, id uint64) {
	text := ""
	o.need("from", "request")
	o.peer("from", &from)
	o.text("request", &text)
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		o.bad("request", o.fields["request"], "that of a requested event")
	}
	return from, id
}

func multicast(p *peer, o *object) error {
	made, data, err := o.sending(p, "multicast", "unicast")
	to := o.peers("peers", unicast.MaxTargets)
	if err == nil {
		err = o.done()
	}
	if err == nil {
		p.Tell(made.Name, unicast.Multicast{ID: made.next(), To: to, Payload: data})
	}
	return err
}
