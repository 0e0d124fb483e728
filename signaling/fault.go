package signaling

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/n2n-overlay/n2n/messages"
)

// maxCloseReason is the longest text of a WebSocket close frame, by RFC 6455.
const maxCloseReason = 123

// closeCode says in a WebSocket's close frame why it is closed (RFC 6455, section
// 7.4.1, and the registry that it founds).
type closeCode int

const (
	closeNormal        closeCode = 1000
	closeGoingAway     closeCode = 1001
	closePolicy        closeCode = 1008
	closeTooBig        closeCode = 1009
	closeTryAgainLater closeCode = 1013
)

// What a frame may not be.
var (
	errTooLong = errors.New("a message is too long")
	errText    = errors.New("a message is text, not binary")
)

// Why a link ended, beside a fault and the errors of the network.
var (
	errProtocol = errors.New("this is no WebSocket as it should be")
	errSlow     = errors.New("the other side does not read")
	errSilent   = errors.New("the other side does not answer")
	errLeft     = errors.New("left")
)

// fault ends a link with a last message that says why.
type fault struct {
	code messages.Code
	text string
	// malformed: a frame was garbage, too large or out of order.
	malformed bool
}

func malformed(text string) *fault {
	return &fault{code: messages.ErrRefused, text: text, malformed: true}
}

// Error says what the other side is told.
func (f *fault) Error() string { return f.text }

// Unwrap returns the code of the fault.
func (f *fault) Unwrap() error { return f.code }

func (f *fault) frame() []byte {
	return encode(&messages.Rendezvous{Body: &messages.Rendezvous_Fault{Fault: &messages.Fault{
		Reason: f.code.Reason(),
		Text:   clip(f.text, messages.MaxFaultText),
	}}})
}

func (f *fault) closeCode() closeCode {
	switch f.code {
	case messages.ErrClosed:
		return closeGoingAway
	case messages.ErrFull:
		return closeTryAgainLater
	case messages.ErrTooBig:
		return closeTooBig
	default:
		return closePolicy
	}
}

// encode encodes a message that this package made, which is within the caps.
func encode(m *messages.Rendezvous) []byte {
	b, err := messages.EncodeRendezvous(m)
	if err != nil {
		panic("signaling: a message of ours breaks the caps: " + err.Error())
	}
	return b
}

// clip cuts text to at most n bytes of valid UTF-8.
func clip(text string, n int) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
