package unicast

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// MaxText is the longest text of a rejection, in bytes.
const MaxText = 256

// validate checks a message from a remote peer and returns its body.
func validate(m proto.Message, maxPayload int) (any, error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, errors.New("unicast: not a message of this protocol")
	}
	var body any
	var payload []byte
	id := uint64(1)
	switch b := message.GetBody().(type) {
	case *Message_Note:
		body, payload = b.Note, b.Note.GetPayload()
	case *Message_Question:
		body, payload, id = b.Question, b.Question.GetPayload(), b.Question.GetId()
		if b.Question.GetWithinMs() == 0 {
			return nil, errors.New("unicast: question that waits for no time")
		}
	case *Message_Answer:
		body, payload, id = b.Answer, b.Answer.GetPayload(), b.Answer.GetId()
	case *Message_Rejection:
		body, id = b.Rejection, b.Rejection.GetId()
		if !b.Rejection.GetReason().valid() {
			return nil, fmt.Errorf("unicast: rejection for reason %d", b.Rejection.GetReason())
		}
		if n := len(b.Rejection.GetText()); n > MaxText {
			return nil, fmt.Errorf("unicast: text of %d bytes: %w", n, messages.ErrTooBig)
		}
	default:
		return nil, errors.New("unicast: message without a body")
	}
	if id == 0 {
		return nil, errors.New("unicast: id 0")
	}
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("unicast: payload of %d bytes: %w", len(payload), messages.ErrTooBig)
	}
	return body, nil
}

func (r Reason) valid() bool { return r > Reason_REASON_UNSPECIFIED && r <= Reason_REASON_INVALID }

func note(payload []byte) *Message {
	return &Message{Body: &Message_Note{Note: &Note{Payload: payload}}}
}

func questionMessage(id uint64, withinMs uint32, payload []byte) *Message {
	return &Message{Body: &Message_Question{Question: &Question{Id: id, WithinMs: withinMs, Payload: payload}}}
}

func answer(id uint64, payload []byte) *Message {
	return &Message{Body: &Message_Answer{Answer: &Answer{Id: id, Payload: payload}}}
}

func rejection(id uint64, reason Reason, text string) *Message {
	return &Message{Body: &Message_Rejection{Rejection: &Rejection{Id: id, Reason: reason, Text: text}}}
}
