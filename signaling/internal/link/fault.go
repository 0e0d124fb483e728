package link

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/n2n-overlay/n2n/messages"
)

// maxCloseReason is the longest text of a WebSocket close frame, by RFC 6455.
const maxCloseReason = 123

// closeCode is the reason in a WebSocket's close frame (RFC 6455, section 7.4.1, and
// the registry that it founds).
type closeCode int

const (
	closeNormal        closeCode = 1000
	closeGoingAway     closeCode = 1001
	closePolicy        closeCode = 1008
	closeTooBig        closeCode = 1009
	closeTryAgainLater closeCode = 1013
)

// The errors of a frame.
var (
	errTooLong = errors.New("a message is too long")
	errText    = errors.New("a message is text, not binary")
)

// The reasons for which a link ends, beside a Fault and the errors of the network.
var (
	ErrProtocol = errors.New("this is no WebSocket as it should be")
	ErrSlow     = errors.New("the other side does not read")
	ErrSilent   = errors.New("the other side does not answer")
	ErrLeft     = errors.New("left")
)

// Fault ends a link with a last message that gives the reason.
type Fault struct {
	Code messages.Code
	Text string
	// Malformed says that a frame was invalid, too large or out of order.
	Malformed bool
}

// Malformed returns the fault of a frame that is invalid, too large or out of order.
func Malformed(text string) *Fault {
	return &Fault{Code: messages.ErrRefused, Text: text, Malformed: true}
}

// Error returns the text for the other side.
func (f *Fault) Error() string { return f.Text }

// Unwrap returns the code of the fault.
func (f *Fault) Unwrap() error { return f.Code }

func (f *Fault) frame() []byte {
	return Encode(&messages.Rendezvous{Body: &messages.Rendezvous_Fault{Fault: &messages.Fault{
		Reason: f.Code.Reason(),
		Text:   Clip(f.Text, messages.MaxFaultText),
	}}})
}

func (f *Fault) closeCode() closeCode {
	switch f.Code {
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

// Encode encodes a message of signaling itself, which is within the caps.
func Encode(m *messages.Rendezvous) []byte {
	b, err := messages.EncodeRendezvous(m)
	if err != nil {
		panic("signaling: a message of ours breaks the caps: " + err.Error())
	}
	return b
}

// Clip cuts text to at most n bytes of valid UTF-8.
func Clip(text string, n int) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// Shown is a URL as people may see it: without its password.
func Shown(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	return u.Redacted()
}
