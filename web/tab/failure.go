//go:build js

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
)

// errInvalid is the code of an argument that cannot be taken; it is none of Go's.
const errInvalid messages.Code = "invalid"

// failure is an error of a call, with the code that a page tells it by.
type failure struct {
	code messages.Code
	text string
}

// Error is the text for people.
func (f *failure) Error() string { return f.text }

// Unwrap returns the code.
func (f *failure) Unwrap() error { return f.code }

func invalidf(format string, args ...any) error {
	return &failure{errInvalid, fmt.Sprintf(format, args...)}
}

// codeOf is the code by which a page tells an error.
func codeOf(err error) messages.Code {
	switch {
	case errors.Is(err, broadcast.ErrNotDelivered), errors.Is(err, plumtree.ErrNoOrder):
		return messages.ErrRefused
	case errors.Is(err, context.DeadlineExceeded):
		return messages.ErrTimeout
	default:
		return messages.CodeOf(err)
	}
}

// asInvalid makes an error without a code, which tells of a broken rule, one with.
func asInvalid(where string, err error) error {
	var code messages.Code
	if err == nil || errors.As(err, &code) {
		return err
	}
	return invalidf("%s%v", where, err)
}
