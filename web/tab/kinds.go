//go:build js

package main

import (
	"strings"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// newProtocol makes a protocol from the options of a page: one that ships, or a passive
// one of the page's own. Errors call the options by name.
func newProtocol(name string, options any) (*protocol, error) {
	o := newObject(name, options)
	use := ""
	o.need("use")
	o.text("use", &use)
	if o.err != nil {
		return nil, o.err
	}
	var p *protocol
	var err error
	if kind, ok := catalog.Named(catalog.Shipped(), use); ok {
		p, err = newShipped(o, kind)
	} else if use == "messages" {
		p, err = newMessages(o)
	} else {
		err = invalidf("%s.use is %.60q, must be messages or a protocol that ships: %s", name, use, strings.Join(catalog.Names(catalog.Shipped()), ", "))
	}
	if err != nil {
		return nil, err
	}
	p.use = use
	return p, nil
}

func newShipped(o *object, kind catalog.Kind) (*protocol, error) {
	var read []any
	made, err := kind.New("", func(configs ...any) error {
		for _, config := range configs {
			o.config(config)
		}
		read = configs
		return o.done()
	})
	switch {
	case o.err != nil:
		return nil, o.err
	case err != nil:
		return nil, invalidf("%s%s", o.path, inPageNames(err.Error(), read...))
	}
	p := &protocol{Protocol: events.Tapped(made.Protocol)}
	switch c := made.Config.(type) { // the fields that calls need
	case broadcast.Config:
		p.maxData = c.MaxPayload
	case plumtree.Config:
		p.maxData = c.MaxPayload
	case unicast.Config:
		p.maxData, p.deadline, p.maxDeadline = c.MaxPayload, c.Deadline, c.MaxDeadline
	case tman.Config:
		p.rank = c.Rank
	}
	return p, nil
}

// maxLossy is the most data of a lossy message, so that it fits into one frame.
const maxLossy = 16_000

// newMessages makes a passive protocol of the page's own.
func newMessages(o *object) (*protocol, error) {
	var content, delivery, introductions int
	p := &protocol{maxData: messages.MaxMessage - 16} // the payload of an envelope has the data and its field
	o.need("name")
	o.text("name", &p.Name)
	o.choice("content", &content, "bytes", "text")
	o.choice("delivery", &delivery, "ordered", "reliable", "lossy")
	o.choice("introductions", &introductions, "accept", "refuse")
	if err := o.done(); err != nil {
		return nil, err
	}
	p.Delivery, p.Introductions = protocols.Delivery(delivery), protocols.Admission(introductions)
	if p.Delivery == protocols.Lossy {
		p.maxData = maxLossy
	}
	p.isText = content == 1
	p.Message = &wrapperspb.BytesValue{}
	if p.isText {
		p.Message = &wrapperspb.StringValue{}
	}
	if !protocols.ValidName(p.Name) {
		return nil, invalidf("%sname is %.60q, must be 1 to 32 of [a-z0-9.-]", o.path, p.Name)
	}
	return p, nil
}
