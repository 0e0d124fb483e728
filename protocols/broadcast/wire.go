package broadcast

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// maxIDs is the most that a Have or a Want can list.
const maxIDs = 1024

// id is an ID that was checked.
type id struct {
	origin messages.PeerID
	epoch  uint64
	seq    uint64
}

func (i id) wire() *ID { return &ID{Origin: i.origin.Bytes(), Epoch: i.epoch, Seq: i.seq} }

// validate returns the body of a message from a remote peer with the IDs in it,
// or what is wrong with it.
func validate(m proto.Message, maxPayload int) (body any, ids []id, err error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, nil, errors.New("broadcast: not a message of this protocol")
	}
	var listed []*ID
	switch b := message.GetBody().(type) {
	case *Message_Flood:
		body, listed = b.Flood, []*ID{b.Flood.GetId()}
		if b.Flood.GetHops() == 0 {
			return nil, nil, errors.New("broadcast: flood without a hop")
		}
		if n := len(b.Flood.GetPayload()); n > maxPayload {
			return nil, nil, fmt.Errorf("broadcast: payload of %d bytes: %w", n, messages.ErrTooBig)
		}
	case *Message_Have:
		body, listed = b.Have, b.Have.GetIds()
	case *Message_Want:
		body, listed = b.Want, b.Want.GetIds()
	default:
		return nil, nil, errors.New("broadcast: message without a body")
	}
	if len(listed) > maxIDs {
		return nil, nil, fmt.Errorf("broadcast: %d ids: %w", len(listed), messages.ErrTooBig)
	}
	ids = make([]id, len(listed))
	for i, l := range listed {
		origin, err := messages.PeerIDFromBytes(l.GetOrigin())
		if err != nil {
			return nil, nil, fmt.Errorf("broadcast: origin: %w", err)
		}
		if l.GetSeq() == 0 {
			return nil, nil, errors.New("broadcast: sequence number 0")
		}
		ids[i] = id{origin, l.GetEpoch(), l.GetSeq()}
	}
	return body, ids, nil
}

func flood(i id, hops uint32, payload []byte) *Message {
	return &Message{Body: &Message_Flood{Flood: &Flood{Id: i.wire(), Hops: hops, Payload: payload}}}
}

func have(ids []*ID) *Message { return &Message{Body: &Message_Have{Have: &Have{Ids: ids}}} }

func want(ids []*ID) *Message { return &Message{Body: &Message_Want{Want: &Want{Ids: ids}}} }
