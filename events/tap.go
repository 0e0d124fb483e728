package events

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// tap emits what a protocol that ships gets, as a passive one does by itself.
type tap struct{ protocols.Handler }

// Tapped returns a protocol whose handlers also emit what happens to their arcs
// and requests, their start and their end. It sends nothing, and changes nothing.
func Tapped(p protocols.Protocol) protocols.Protocol {
	untapped := p.New
	p.New = func() protocols.Handler { return tap{untapped()} }
	return p
}

// Handle implements protocols.Handler.
func (t tap) Handle(port protocols.Port, event any) {
	switch event.(type) {
	case messages.ArcOpened, messages.ArcClosed, messages.PeerDown, messages.Introduced, messages.Failed,
		messages.Locked, messages.Unlocked, messages.Contacts, messages.Started, messages.Stopped:
		port.Emit(event)
	}
	t.Handler.Handle(port, event)
}
