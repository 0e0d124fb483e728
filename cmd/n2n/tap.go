package main

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// tap emits what happens to a protocol's arcs and requests, beside what the
// protocol emits by itself. It sends nothing, and changes nothing.
type tap struct{ protocols.Handler }

// tapped puts a tap before each handler of a protocol.
func tapped(protocol protocols.Protocol) protocols.Protocol {
	untapped := protocol.New
	protocol.New = func() protocols.Handler { return tap{untapped()} }
	return protocol
}

// Handle implements protocols.Handler.
func (t tap) Handle(port protocols.Port, event any) {
	switch event.(type) {
	case messages.ArcOpened, messages.ArcClosed, messages.PeerDown, messages.Introduced, messages.Contacts, messages.Failed:
		port.Emit(event)
	}
	t.Handler.Handle(port, event)
}
