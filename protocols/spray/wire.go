package spray

import (
	"errors"

	"google.golang.org/protobuf/proto"
)

// maxMoved is the most arcs that a ShuffleDone can tell.
const maxMoved = 65535

// validate checks a message from a remote peer and returns its body.
func validate(m proto.Message) (any, error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, errors.New("spray: not a message of this protocol")
	}
	exchange := uint64(1)
	var body any
	switch b := message.GetBody().(type) {
	case *Message_Join:
		body = b.Join
	case *Message_Leave:
		body = b.Leave
	case *Message_ShuffleRequest:
		body, exchange = b.ShuffleRequest, b.ShuffleRequest.GetExchange()
	case *Message_ShuffleReply:
		body, exchange = b.ShuffleReply, b.ShuffleReply.GetExchange()
	case *Message_ShuffleDone:
		body, exchange = b.ShuffleDone, b.ShuffleDone.GetExchange()
		if b.ShuffleDone.GetMoved() > maxMoved {
			return nil, errors.New("spray: more arcs moved than a peer can hold")
		}
	default:
		return nil, errors.New("spray: message without a body")
	}
	if exchange == 0 {
		return nil, errors.New("spray: exchange 0")
	}
	return body, nil
}

func join() *Message { return &Message{Body: &Message_Join{Join: &Join{}}} }

func leave() *Message { return &Message{Body: &Message_Leave{Leave: &Leave{}}} }

func shuffleRequest(exchange uint64) *Message {
	return &Message{Body: &Message_ShuffleRequest{ShuffleRequest: &ShuffleRequest{Exchange: exchange}}}
}

func shuffleReply(exchange uint64, accepted bool) *Message {
	return &Message{Body: &Message_ShuffleReply{ShuffleReply: &ShuffleReply{Exchange: exchange, Accepted: accepted}}}
}

func shuffleDone(exchange uint64, moved int) *Message {
	return &Message{Body: &Message_ShuffleDone{ShuffleDone: &ShuffleDone{Exchange: exchange, Moved: uint32(min(moved, maxMoved))}}}
}
