package live

import (
	"errors"
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// codeInvalid is the code of a request that cannot be meant so; codeFailed that of
// an error which has none.
const (
	codeInvalid = "invalid"
	codeFailed  = "failed"
)

// refusal answers a request.
type refusal struct{ code, text string }

// Error is the sentence for people.
func (r refusal) Error() string { return r.text }

func invalid(format string, args ...any) error {
	return refusal{codeInvalid, fmt.Sprintf(format, args...)}
}

func refuse(code messages.Code, format string, args ...any) error {
	return refusal{string(code), fmt.Sprintf(format, args...)}
}

// codeOf is the code by which a page knows an error.
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
