package messages

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the kind of a failure. It is an error itself, so that
// errors.Is(err, messages.ErrTimeout) tells how a request ended.
type Code string

// The codes of failed requests: the same words in errors, JSON, logs and scripts.
const (
	ErrSelf        Code = "self"          // a peer does not connect to itself
	ErrUnknownPeer Code = "unknown_peer"  // no connection, path or rendezvous leads to the peer
	ErrNotNeighbor Code = "not_neighbour" // no living connection to the peer
	ErrNotInView   Code = "not_in_view"   // the peer is not in the view that was asked for
	ErrLocked      Code = "locked"        // every arc to the peer is locked
	ErrNotLocked   Code = "not_locked"    // no arc to the peer is locked
	ErrNoArc       Code = "no_arc"        // there is no such arc
	ErrNoProtocol  Code = "no_protocol"   // the protocol does not run there
	ErrTimeout     Code = "timeout"       // no answer before the deadline
	ErrRefused     Code = "refused"       // the other side does not want it
	ErrFull        Code = "full"          // a table or queue is full
	ErrRate        Code = "rate"          // too many in too short a time
	ErrExpired     Code = "expired"       // the job has ended
	ErrDuplicate   Code = "duplicate"     // it is already under way
	ErrTooBig      Code = "too_big"       // larger than the cap
	ErrClosed      Code = "closed"        // the peer, protocol or connection has ended
)

// The codes of failures at this peer before any other is asked. They do not travel.
const (
	ErrNoRendezvous Code = "no_rendezvous" // the peer was given no signaling service
	ErrUnreachable  Code = "unreachable"   // the signaling service cannot be reached
)

// reasonPrefix stands before each name of the enum Reason.
const reasonPrefix = "REASON_"

var sentences = map[Code]string{
	ErrSelf:        "a peer does not connect to itself",
	ErrUnknownPeer: "no connection, path or rendezvous leads to the peer",
	ErrNotNeighbor: "there is no living connection to the peer",
	ErrNotInView:   "the peer is not in the view that was asked for",
	ErrLocked:      "every arc to the peer is locked",
	ErrNotLocked:   "no arc to the peer is locked",
	ErrNoArc:       "there is no such arc",
	ErrNoProtocol:  "the protocol does not run there",
	ErrTimeout:     "no answer came before the deadline",
	ErrRefused:     "the other side refused",
	ErrFull:        "a table or queue is full",
	ErrRate:        "too many requests in too short a time",
	ErrExpired:     "the job has ended",
	ErrDuplicate:   "it is already under way",
	ErrTooBig:      "it is larger than the cap",
	ErrClosed:      "it has ended",

	ErrNoRendezvous: "this peer has no signaling service",
	ErrUnreachable:  "the signaling service cannot be reached",
}

// Error returns the meaning of the code and the code.
func (c Code) Error() string {
	if s, ok := sentences[c]; ok {
		return s + " (" + string(c) + ")"
	}
	return string(c)
}

// CodeOf returns the Code that an error wraps; "" when it wraps none.
func CodeOf(err error) Code {
	var c Code
	errors.As(err, &c)
	return c
}

// Coded returns err if it wraps a Code, else an error that wraps both err and code.
func Coded(err error, code Code) error {
	if CodeOf(err) != "" {
		return err
	}
	return codedError{code, err}
}

type codedError struct {
	code Code
	err  error
}

func (e codedError) Error() string   { return fmt.Sprintf("%v (%s)", e.err, string(e.code)) }
func (e codedError) Unwrap() []error { return []error{e.code, e.err} }

// Reason returns the wire form of the code.
func (c Code) Reason() Reason {
	if v, ok := Reason_value[reasonPrefix+strings.ToUpper(string(c))]; ok {
		return Reason(v)
	}
	return Reason_REASON_REFUSED
}

// Code returns the code for a remote peer's reason. For an unknown reason it
// returns ErrRefused.
func (r Reason) Code() Code {
	c := Code(strings.ToLower(strings.TrimPrefix(r.String(), reasonPrefix)))
	if _, ok := sentences[c]; ok {
		return c
	}
	return ErrRefused
}
