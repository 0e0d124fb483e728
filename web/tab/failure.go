//go:build js

package main

import (
	"errors"
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// errInvalid is the code of an argument that is not valid. Only pages have it.
const errInvalid messages.Code = "invalid"

// failure is an error of a call, with the code that a page gets.
type failure struct {
	code messages.Code
	text string
}

// Error returns the text for people.
func (f *failure) Error() string { return f.text }

// Unwrap returns the code.
func (f *failure) Unwrap() error { return f.code }

func invalidf(format string, args ...any) error {
	return &failure{errInvalid, fmt.Sprintf(format, args...)}
}

// asInvalid gives the code errInvalid to an error without a code.
func asInvalid(where string, err error) error {
	var code messages.Code
	if err == nil || errors.As(err, &code) {
		return err
	}
	return invalidf("%s%v", where, err)
}
