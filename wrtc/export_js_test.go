package wrtc

import (
	"syscall/js"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	MaxInbox   = maxInbox
	MaxForeign = maxForeign
	Slice      = slice
	HighMark   = highMark
)

// Await is await.
var Await = await

// RTCPeerConnection returns the browser's connection of one of ours.
func RTCPeerConnection(c actors.Conn) js.Value { return c.(*connection).session.pc }

// RTCDataChannel returns the browser's channel of a class.
func RTCDataChannel(c actors.Conn, class protocols.Delivery) js.Value {
	return c.(*connection).channels[class].wire.js
}

// OpenAndClose makes a session and closes it.
func (t *Transport) OpenAndClose() error {
	s, err := newConnection(t, messages.PeerID{}, nil).newSession()
	if err == nil {
		s.close()
	}
	return err
}
