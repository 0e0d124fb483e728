package visit

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// ErrEntered is the error of an Enter while the peer is in a room already.
var ErrEntered = fmt.Errorf("signaling: this client is in a room already: leave it first: %w", messages.ErrDuplicate)

// CheckRoom returns an error if the name of a room is not valid.
func CheckRoom(room string) error {
	if err := messages.CheckRoom(room); err != nil {
		return fmt.Errorf("signaling: %w", err)
	}
	return nil
}

// EncodeSignal encodes a signal. It refuses one that the peer by may not send.
func EncodeSignal(signal *messages.Signal, by messages.PeerID) ([]byte, error) {
	switch {
	case !bytes.Equal(signal.GetFrom(), by[:]):
		return nil, errors.New("its sender is not the peer of this link")
	case len(signal.GetRoute()) != 0:
		return nil, errors.New("it has a route")
	}
	return messages.EncodeRendezvous(&messages.Rendezvous{Body: &messages.Rendezvous_Signal{Signal: signal}})
}

// GoneOf returns the message that a signal was not passed on.
func GoneOf(signal *messages.Signal) *messages.Gone {
	return &messages.Gone{Peer: signal.GetTo(), Job: signal.GetJob()}
}
