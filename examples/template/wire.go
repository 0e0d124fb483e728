package template

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// MaxStatus is the most bytes of a status.
const MaxStatus = 256

// validate returns what a remote peer says, or what is wrong with it.
func validate(m proto.Message) (status string, err error) {
	beat, ok := m.(*Beat)
	if !ok {
		return "", errors.New("template: not a message of this protocol")
	}
	return beat.GetStatus(), checkStatus(beat.GetStatus())
}

func checkStatus(text string) error {
	if len(text) > MaxStatus {
		return fmt.Errorf("template: a status of %d bytes, at most %d are allowed: %w", len(text), MaxStatus, messages.ErrTooBig)
	}
	return nil
}
