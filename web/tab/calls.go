//go:build js

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// A call is a function of a page that waits. It runs on a goroutine of its own.
type call func(ctx context.Context, p *peer, o *object) (any, error)

// calls are the calls that wait, by method.
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

// errTimeout is the error of a call that its own timeout ended.
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
	return make(ctx, p, o)
}

func join(ctx context.Context, p *peer, o *object) (any, error) {
	room := ""
	o.need("room")
	o.text("room", &room)
	if err := o.done(); err != nil {
		return nil, err
	}
	if err := messages.CheckRoom(room); err != nil {
		return nil, invalidf("join: %v", err)
	}
	contact, err := p.Join(ctx, room)
	if err != nil || contact.IsZero() {
		return nil, err
	}
	return contact.String(), nil
}

func leave(ctx context.Context, p *peer, o *object) (any, error) {
	if err := o.done(); err != nil {
		return nil, err
	}
	return nil, p.leave(ctx)
}

func spawn(ctx context.Context, p *peer, o *object) (any, error) {
	options, _ := o.take("options")
	if err := o.done(); err != nil {
		return nil, err
	}
	made, err := newProtocol("options", options)
	if err != nil {
		return nil, err
	}
	if err := p.spawn(ctx, made); err != nil {
		return nil, err
	}
	return made.described(), nil
}

func remove(ctx context.Context, p *peer, o *object) (any, error) {
	name := ""
	o.need("name")
	o.text("name", &name)
	if err := o.done(); err != nil {
		return nil, err
	}
	return nil, p.Remove(ctx, name)
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

// onArc makes a call about the arcs with one peer.
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
