package live

import (
	"errors"
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// codeInvalid is the code of a request that is not valid. codeFailed is the code of
// an error that has none.
const (
	codeInvalid = "invalid"
	codeFailed  = "failed"
)

// refusal is the error that answers a request.
type refusal struct{ code, text string }

// Error returns the text for people.
func (r refusal) Error() string { return r.text }

func invalid(format string, args ...any) error {
	return refusal{codeInvalid, fmt.Sprintf(format, args...)}
}

func refuse(code messages.Code, format string, args ...any) error {
	return refusal{string(code), fmt.Sprintf(format, args...)}
}

// codeOf returns the code of an error for a page.
func codeOf(err error) string {
	var r refusal
	var c messages.Code
	switch {
	case errors.As(err, &r):
		return r.code
	case errors.As(err, &c):
		return string(c)
	default:
		return codeFailed
	}
}
