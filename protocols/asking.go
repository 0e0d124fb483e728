package protocols

import (
	"context"
	"fmt"
	"strings"

	"github.com/n2n-overlay/n2n/messages"
)

// Asker asks the protocols of a peer: *actors.Peer is one.
type Asker interface {
	// Ask tells a protocol an event, and returns what the protocol answers (see
	// Answer). A protocol that does not know the event does not answer: then Ask
	// returns when ctx, the protocol or the peer ends.
	Ask(ctx context.Context, protocol string, event any) (any, error)
}

// askerMark begins the messages.Told.From of an Ask. No protocol has such a name.
const askerMark = "#"

// AskerName returns the messages.Told.From of the n-th Ask of a peer.
func AskerName(n uint64) string { return fmt.Sprint(askerMark, n) }

// Waits reports whether messages.Told.From is that of an Ask, which waits for one
// answer.
func Waits(from string) bool { return strings.HasPrefix(from, askerMark) }

// Publish has a protocol broadcast something, and returns the name of the message.
// Errors: those of the protocol (messages.PublishRefused), and those of Ask.
func Publish(ctx context.Context, peer Asker, protocol string, p messages.Publish) (messages.MessageID, error) {
	answer, err := peer.Ask(ctx, protocol, p)
	if err != nil {
		return messages.MessageID{}, err
	}
	switch a := answer.(type) {
	case messages.Published:
		return a.ID, nil
	case messages.PublishRefused:
		return messages.MessageID{}, a.Err
	default:
		return messages.MessageID{}, Unexpected(protocol, answer)
	}
}

// Unexpected is the error of an Ask that another protocol has answered than the one
// that the caller took it for.
func Unexpected(protocol string, answer any) error {
	return fmt.Errorf("protocol %q answers %T: is it the one that was meant? %w", protocol, answer, messages.ErrRefused)
}
