package visit

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// ErrEntered is the error of an Enter while the peer is in a room already.
var ErrEntered = fmt.Errorf("signaling: this client is in a room already: leave it first: %w", messages.ErrDuplicate)

// CheckRoom says what is wrong with the name of a room.
func CheckRoom(room string) error {
	if err := messages.CheckRoom(room); err != nil {
		return fmt.Errorf("signaling: %w", err)
	}
	return nil
}

// EncodeSignal encodes a signal, or refuses one that a peer may not make.
func EncodeSignal(signal *messages.Signal, by messages.PeerID) ([]byte, error) {
	switch {
	case !bytes.Equal(signal.GetFrom(), by[:]):
		return nil, errors.New("its sender is not the peer of this link")
	case len(signal.GetRoute()) != 0:
		return nil, errors.New("it has a route")
	}
	return messages.EncodeRendezvous(&messages.Rendezvous{Body: &messages.Rendezvous_Signal{Signal: signal}})
}

// GoneOf tells that a signal is not passed on.
func GoneOf(signal *messages.Signal) *messages.Gone {
	return &messages.Gone{Peer: signal.GetTo(), Job: signal.GetJob()}
}
