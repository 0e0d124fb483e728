package plumtree

import (
	"context"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Handle publishes on a peer that runs the protocol.
type Handle struct {
	peer protocols.Asker
	name string
}

// Of returns a handle of the protocol that runs on a peer under a name (Config.Name).
func Of(peer protocols.Asker, name string) Handle { return Handle{peer, name} }

// Publish broadcasts a payload, which is not to be changed afterwards, and returns the
// name of the message. Errors: messages.ErrTooBig, and those of protocols.Asker.
func (h Handle) Publish(ctx context.Context, payload []byte) (messages.MessageID, error) {
	return protocols.Publish(ctx, h.peer, h.name, messages.Publish{Payload: payload})
}
