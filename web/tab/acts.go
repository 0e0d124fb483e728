//go:build js

package main

import (
	"fmt"
	"strconv"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// An act is a function of a page that does not wait.
type act func(p *peer, o *object) error

var acts = map[string]act{
	"crash":     crash,
	"send":      send,
	"reply":     reply,
	"reject":    reject,
	"multicast": multicast,
}

func crash(p *peer, o *object) error {
	err := o.done()
	if err == nil {
		p.Crash()
	}
	return err
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
		return p.Tell(made.Name, unicast.Send{ID: made.next(), To: to, Payload: data})
	default:
		return p.Send(made.Name, to, made.message(data))
	}
}

func reply(p *peer, o *object) error {
	made, data, err := o.sending(p, "reply", "unicast")
	to, id := o.requested()
	if err == nil {
		err = o.done()
	}
	if err != nil {
		return err
	}
	return p.Tell(made.Name, unicast.Reply{To: to, ID: id, Payload: data})
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
	return p.Tell(made.Name, unicast.Reject{To: to, ID: id, Reason: unicast.Reason_REASON_REFUSED + unicast.Reason(reason), Text: text})
}

// requested reads the peer and the id of a request that arrived.
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
	if err != nil {
		return err
	}
	return p.Tell(made.Name, unicast.Multicast{ID: made.next(), To: to, Payload: data})
}

// of reads the protocol of a call. It must be of one of the uses.
func (o *object) of(p *peer, method string, uses ...string) (*protocol, error) {
	name := ""
	o.need("protocol")
	o.text("protocol", &name)
	if o.err != nil {
		return nil, o.err
	}
	return p.protocol(method, name, uses...)
}

// sending reads the protocol of a call like of, and the data to send.
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
