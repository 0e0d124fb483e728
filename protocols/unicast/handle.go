package unicast

import (
	"context"
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Handle sends and asks through the protocol on a peer. Its calls return the errors of
// Failed and those of protocols.Asker.
type Handle struct {
	peer protocols.Asker
	name string
}

// Of returns a handle of the protocol that runs on a peer under a name (Config.Name).
func Of(peer protocols.Asker, name string) Handle { return Handle{peer, name} }

// RejectedError is the error of a Request that the other peer turned down. It wraps
// messages.ErrFull for ReasonFull, else messages.ErrRefused.
type RejectedError struct {
	From   messages.PeerID
	Reason Reason
	Text   string // the other peer's, for people
}

// Error says who turned the request down, and why.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("unicast: request to %v: it was turned down: %q (%s)", e.From, e.Text, string(e.code()))
}

// Unwrap returns the messages.Code.
func (e *RejectedError) Unwrap() error { return e.code() }

func (e *RejectedError) code() messages.Code {
	if e.Reason == Reason_REASON_FULL {
		return messages.ErrFull
	}
	return messages.ErrRefused
}

// Request sends a payload to a neighbor and returns its reply. The reply may take some
// time, at most Config.MaxDeadline; 0 stands for Config.Deadline. The request goes on
// when ctx ends first. Errors: *RejectedError.
func (h Handle) Request(ctx context.Context, to messages.PeerID, payload []byte, within time.Duration) ([]byte, error) {
	answer, err := h.peer.Ask(ctx, h.name, Request{To: to, Payload: payload, Within: within})
	if err != nil {
		return nil, err
	}
	switch a := answer.(type) {
	case Answered:
		return a.Payload, nil
	case Rejected:
		return nil, &RejectedError{a.From, a.Reason, a.Text}
	case Failed:
		return nil, a.Err
	default:
		return nil, protocols.Unexpected(h.name, answer)
	}
}

// Send sends a payload to a neighbor. It returns once the message is on its way;
// nothing tells what becomes of it then.
func (h Handle) Send(ctx context.Context, to messages.PeerID, payload []byte) error {
	return h.do(ctx, Send{To: to, Payload: payload})
}

// Reply answers the request that Requested told of.
func (h Handle) Reply(ctx context.Context, request Requested, payload []byte) error {
	return h.do(ctx, Reply{To: request.From, ID: request.ID, Payload: payload})
}

// Reject turns down the request that Requested told of. The text is for people.
func (h Handle) Reject(ctx context.Context, request Requested, reason Reason, text string) error {
	return h.do(ctx, Reject{To: request.From, ID: request.ID, Reason: reason, Text: text})
}

func (h Handle) do(ctx context.Context, command any) error {
	answer, err := h.peer.Ask(ctx, h.name, command)
	if err != nil {
		return err
	}
	switch a := answer.(type) {
	case Sent:
		return nil
	case Failed:
		return a.Err
	default:
		return protocols.Unexpected(h.name, answer)
	}
}
