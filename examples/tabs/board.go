package main

import (
	"encoding/binary"
	"math"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// dotSize is the size of a dot on the board: x and y (16 bits each, big-endian), and
// whether the pen is down (1) or only moves (0). Dots fade, so a lost one does no harm.
const dotSize = 5

// stroke is the time between two dots of the service's own pen.
const stroke = 50 * time.Millisecond

// draw is the event that moves the service's pen on.
type draw struct{}

// board is the service's end of the shared drawing. Unlike the other two it is a
// Handler, which has a view of its own arcs and a clock. Every peer with an arc to it
// gets all dots, so the service keeps no list of peers.
type board struct{}

func newBoard() protocols.Handler { return board{} }

// Handle implements protocols.Handler.
func (b board) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		port.After(stroke, draw{})
	case draw:
		b.draw(port)
	case messages.Received:
		b.mirror(port, e)
	case messages.Leaving:
		port.Stop()
	}
}

// mirror passes a dot on to all, with its drawer's PeerID in front: tabs know only that
// it came from the service. The drawer gets it too, and sees that it has arrived.
func (board) mirror(port protocols.Port, e messages.Received) {
	if dot := e.Message.(*wrapperspb.BytesValue).GetValue(); len(dot) == dotSize {
		toAll(port, e.From, dot)
	}
}

// draw draws a dot of a figure that never ends.
func (board) draw(port protocols.Port) {
	at := float64(port.Now().UnixMilli()) / 1000
	dot := binary.BigEndian.AppendUint16(nil, on(0.5+0.42*math.Sin(1.1*at)))
	dot = binary.BigEndian.AppendUint16(dot, on(0.5+0.36*math.Sin(1.7*at)))
	toAll(port, port.Self(), append(dot, 1))
	port.After(stroke, draw{})
}

// on converts a place between 0 and 1 to a coordinate of a dot.
func on(place float64) uint16 { return uint16(place * math.MaxUint16) }

// toAll sends a dot to everybody who has an arc to the board.
func toAll(port protocols.Port, by messages.PeerID, dot []byte) {
	signed := wrapperspb.Bytes(append([]byte(by.String()), dot...))
	for peer := range port.View().Peers() {
		port.Send(peer, signed)
	}
}
