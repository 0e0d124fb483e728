package wrtc_test

import (
	"encoding/binary"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// order is a request of a tab that measures to the far end. Its message has a size
// that no measured message has, so that it is recognised over a bare channel too.
type order struct {
	do    byte
	count int
	size  int // of the far end's messages
}

const (
	orderEcho  byte = iota + 1 // send back each message
	orderCount                 // report when so many have come
	orderFlood                 // send so many
)

const orderSize = 9

func (o order) encode() []byte {
	b := make([]byte, 1, orderSize)
	b[0] = o.do
	b = binary.BigEndian.AppendUint32(b, uint32(o.count))
	return binary.BigEndian.AppendUint32(b, uint32(o.size))
}

func decodeOrder(b []byte) (o order, ok bool) {
	if len(b) != orderSize {
		return o, false
	}
	return order{b[0], int(binary.BigEndian.Uint32(b[1:])), int(binary.BigEndian.Uint32(b[5:]))}, true
}

// courier is a pinger whose other end is in another program. The near end is told
// an order, passes it on and does its own part. The far end obeys.
type courier struct {
	pinger
	far bool
}

func (c *courier) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case order:
		c.begin(port, e)
	case messages.Received:
		c.received(port, e)
	default:
		c.pinger.Handle(port, event)
	}
}

// begin is the near end's part. done gets its end.
func (c *courier) begin(port protocols.Port, o order) {
	port.Send(c.peer, wrapperspb.Bytes(o.encode()))
	c.payload = wrapperspb.Bytes(make([]byte, o.size))
	c.left = 0
	c.count.Store(0)
	c.goal = 1 // the far end's report that it has all, or the last echo
	switch o.do {
	case orderEcho:
		c.left = o.count
		port.Send(c.peer, c.payload)
	case orderCount:
		c.left = o.count
		c.more(port)
	case orderFlood:
		c.goal = int64(o.count)
	}
}

func (c *courier) received(port protocols.Port, e messages.Received) {
	if o, ok := decodeOrder(e.Message.(*wrapperspb.BytesValue).GetValue()); ok && c.far {
		c.peer = e.From
		c.obey(port, o)
		return
	}
	c.pinger.received(port, e)
	if !c.far {
		return
	}
	select {
	case err := <-c.done: // all expected messages have come: the near end is told
		if err == nil {
			port.Send(c.peer, wrapperspb.Bytes(nil))
		}
	default:
	}
}

func (c *courier) obey(port protocols.Port, o order) {
	c.echo, c.left, c.goal = o.do == orderEcho, 0, int64(o.count)
	c.count.Store(0)
	if o.do == orderFlood {
		c.payload, c.left = wrapperspb.Bytes(make([]byte, o.size)), o.count
		c.more(port)
	}
}
