package messages_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/n2n-overlay/n2n/messages"
)

func TestCodeOf(t *testing.T) {
	plain := errors.New("the disk is full")
	for _, c := range []struct {
		err  error
		want messages.Code
	}{
		{nil, ""},
		{plain, ""},
		{fmt.Errorf("join: %w", messages.ErrUnreachable), messages.ErrUnreachable},
		{messages.Coded(plain, messages.ErrClosed), messages.ErrClosed},
		{messages.Coded(messages.ErrFull, messages.ErrClosed), messages.ErrFull},
	} {
		if got := messages.CodeOf(c.err); got != c.want {
			t.Errorf("%v: code %q, want %q", c.err, string(got), string(c.want))
		}
	}
	if coded := messages.Coded(plain, messages.ErrClosed); !errors.Is(coded, plain) || coded.Error() != "the disk is full (closed)" {
		t.Errorf("%v does not wrap what happened", coded)
	}
}
