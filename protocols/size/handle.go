package size

import (
	"context"

	"github.com/n2n-overlay/n2n/protocols"
)

// Handle asks the protocol on a peer.
type Handle struct {
	peer protocols.Asker
	name string
}

// Of returns a handle of the protocol that runs on a peer under a name (Config.Name).
func Of(peer protocols.Asker, name string) Handle { return Handle{peer, name} }

// Estimate returns the estimate of this moment. Errors: those of protocols.Asker.
func (h Handle) Estimate(ctx context.Context) (Estimate, error) {
	answer, err := h.peer.Ask(ctx, h.name, EstimateRequest{})
	if err != nil {
		return Estimate{}, err
	}
	estimate, ok := answer.(Estimate)
	if !ok {
		return Estimate{}, protocols.Unexpected(h.name, answer)
	}
	return estimate, nil
}
