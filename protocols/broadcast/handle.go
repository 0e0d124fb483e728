package broadcast

import (
	"context"

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
// name of the message. Without after it comes after all that were delivered here.
// Errors: messages.ErrTooBig, ErrNotDelivered, and those of protocols.Asker.
func (h Handle) Publish(ctx context.Context, payload []byte, after ...MessageID) (MessageID, error) {
	return protocols.Publish(ctx, h.peer, h.name, Publish{Payload: payload, After: after})
}
