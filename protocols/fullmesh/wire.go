package fullmesh

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// validate checks a message from a remote peer and returns the peers that it lists.
func validate(m proto.Message) ([]messages.PeerID, error) {
	message, ok := m.(*Message)
	if !ok || message.GetMembers() == nil {
		return nil, errors.New("fullmesh: not a message of this protocol")
	}
	listed := message.GetMembers().GetPeers()
	if len(listed) >= MaxMaxMembers {
		return nil, fmt.Errorf("fullmesh: %d members: %w", len(listed), messages.ErrTooBig)
	}
	peers := make([]messages.PeerID, len(listed))
	for i, b := range listed {
		var err error
		if peers[i], err = messages.PeerIDFromBytes(b); err != nil {
			return nil, fmt.Errorf("fullmesh: member: %w", err)
		}
	}
	return peers, nil
}

func membersMessage(view protocols.Arcs, but messages.PeerID) *Message {
	m := &Members{}
	for a := range view.All() {
		if a.Peer != but && len(m.Peers) < MaxMaxMembers-1 {
			m.Peers = append(m.Peers, a.Peer.Bytes())
		}
	}
	return &Message{Body: &Message_Members{Members: m}}
}
