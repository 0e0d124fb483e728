//go:build js

package main

import (
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// kinds are the protocols that a page can use. Each makes one of its options.
var kinds = map[string]func(*object) (*protocol, error){
	"messages":  newMessages,
	"spray":     shipped(spray.DefaultConfig, spray.New, nil),
	"cyclon":    shipped(cyclon.DefaultConfig, cyclon.New, nil),
	"hyparview": shipped(hyparview.DefaultConfig, hyparview.New, nil),
	"fullmesh":  shipped(fullmesh.DefaultConfig, fullmesh.New, nil),
	"tman":      newTMan,
	"size":      shipped(size.DefaultConfig, size.New, nil),
	"broadcast": shipped(broadcast.DefaultConfig, broadcast.New, func(p *protocol, c broadcast.Config) { p.maxData = c.MaxPayload }),
	"plumtree":  shipped(plumtree.DefaultConfig, plumtree.New, func(p *protocol, c plumtree.Config) { p.maxData = c.MaxPayload }),
	"unicast": shipped(unicast.DefaultConfig, unicast.New, func(p *protocol, c unicast.Config) {
		p.maxData, p.deadline, p.maxDeadline = c.MaxPayload, c.Deadline, c.MaxDeadline
	}),
}

// newProtocol makes a protocol of the options that a page gave, called by name in errors.
func newProtocol(name string, options any) (*protocol, error) {
	o := newObject(name, options)
	use := ""
	o.need("use")
	o.text("use", &use)
	if o.err != nil {
		return nil, o.err
	}
	kind := kinds[use]
	if kind == nil {
		return nil, invalidf("%s.use is %.60q, must be messages or a protocol that ships: spray, cyclon, hyparview, fullmesh, tman, size, broadcast, plumtree, unicast", name, use)
	}
	p, err := kind(o)
	if err != nil {
		return nil, err
	}
	p.use = use
	return p, nil
}

// shipped makes a protocol with a Config. note, if any, keeps what calls need of it.
func shipped[Config any](defaults func() Config, make func(Config) (protocols.Protocol, error), note func(*protocol, Config)) func(*object) (*protocol, error) {
	return func(o *object) (*protocol, error) {
		config := defaults()
		o.config(&config)
		if err := o.done(); err != nil {
			return nil, err
		}
		made, err := make(config)
		if err != nil {
			return nil, invalidf("%s%s", o.path, inPageNames(err.Error(), &config))
		}
		p := &protocol{Protocol: events.Tapped(made)}
		if note != nil {
			note(p, config)
		}
		return p, nil
	}
}

func newTMan(o *object) (*protocol, error) {
	ranks := []string{"ring", "line", "nearest"}
	rank := 0
	o.choice("rank", &rank, ranks...)
	chosen, err := tman.ByName(ranks[rank])
	if err != nil {
		return nil, err
	}
	defaults := func() tman.Config {
		config := tman.DefaultConfig()
		config.Rank = chosen
		return config
	}
	return shipped(defaults, tman.New, func(p *protocol, _ tman.Config) { p.rank = chosen })(o)
}

// maxLossy fits one frame, with what goes around it.
const maxLossy = 16_000

// newMessages makes a passive protocol of the page's own.
func newMessages(o *object) (*protocol, error) {
	var content, delivery, introductions int
	p := &protocol{maxData: messages.MaxMessage - 16} // an envelope's payload is the message with its field
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
