package main

import (
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const heartbeat = 50 * time.Millisecond

// present is emitted for each heartbeat of a neighbour.
type present struct{ peer messages.PeerID }

type beat struct{}

// presence tells the neighbours again and again that the peer is there.
type presence struct{}

func newPresence() protocols.Handler { return presence{} }

// Handle implements protocols.Handler.
func (presence) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		port.After(heartbeat, beat{})
	case beat:
		for peer := range port.View().Peers() {
			port.Send(peer, wrapperspb.Bool(true))
		}
		port.After(heartbeat, beat{})
	case messages.Received:
		port.Emit(present{e.From})
	case messages.Leaving:
		port.Stop()
	}
}
