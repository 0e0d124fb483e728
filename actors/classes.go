package actors

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// class is the state of the channel of one delivery class.
type class struct {
	asked, opened, ready bool // we asked for ours, ours is open, the remote has its own
	waiting              []outbound
}

func (k *class) usable() bool { return k.opened && k.ready }

func (c *connection) class(delivery protocols.Delivery) *class {
	if c.classes == nil {
		c.classes = &[protocols.Classes]class{}
	}
	return &c.classes[delivery]
}

// wait keeps a message until both sides have made the channel of its class.
func (c *connection) wait(ctx actor.Context, m outbound) {
	k := c.class(m.class)
	if len(k.waiting) >= c.config.MaxWaiting {
		ctx.Send(c.neighborhood, sendFailed{c.link.Peer, m.origin, m.ticket, messages.ErrFull})
		return
	}
	k.waiting = append(k.waiting, m)
	c.openClass(m.class)
}

func (c *connection) openClass(delivery protocols.Delivery) {
	if k := c.class(delivery); !k.asked {
		k.asked = true
		c.conn.OpenClass(delivery)
	}
}

func (c *connection) classOpened(ctx actor.Context, delivery protocols.Delivery) {
	c.class(delivery).opened = true
	c.control(&messages.ClassReady{Class: uint32(delivery)})
	c.flushClass(ctx, delivery)
}

func (c *connection) classReady(ctx actor.Context, delivery protocols.Delivery) {
	k := c.class(delivery)
	if k.ready {
		c.violated(fmt.Errorf("a second ClassReady of the %s channel", delivery))
		return
	}
	k.ready = true
	c.openClass(delivery)
	c.flushClass(ctx, delivery)
}

func (c *connection) flushClass(ctx actor.Context, delivery protocols.Delivery) {
	k := c.class(delivery)
	if !k.usable() {
		return
	}
	waiting := k.waiting
	k.waiting = nil
	for _, m := range waiting {
		c.send(ctx, m)
	}
}
