package size

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
)

// maxView is the most arcs that a report can tell.
const maxView = 65535

// validate checks a message from a remote peer and returns the size of the view
// that it reports.
func validate(m proto.Message) (int, error) {
	message, ok := m.(*Message)
	if !ok || message.GetReport() == nil {
		return 0, errors.New("size: not a message of this protocol")
	}
	view := message.GetReport().GetView()
	if view < 1 || view > maxView {
		return 0, fmt.Errorf("size: a view of %d arcs", view)
	}
	return int(view), nil
}

func report(view int) *Message {
	return &Message{Body: &Message_Report{Report: &Report{View: uint32(min(view, maxView))}}}
}
