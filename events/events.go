package events

import (
	"fmt"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
)

// Event is what a protocol got. What is empty is absent.
type Event struct {
	Type     string         `json:"type"`
	Protocol string         `json:"protocol,omitempty"`
	Peer     string         `json:"peer,omitempty"`
	Dir      string         `json:"dir,omitempty"`
	Via      string         `json:"via,omitempty"`
	Payload  string         `json:"payload,omitempty"`
	Out      int            `json:"out,omitempty"`
	In       int            `json:"in,omitempty"`
	Cause    messages.Cause `json:"cause,omitempty"`
	Op       messages.Op    `json:"op,omitempty"`
	Error    messages.Code  `json:"error,omitempty"`
}

// OpPublish is the request to broadcast something.
const OpPublish messages.Op = "publish"

// Of returns what a protocol got as an Event, peers by the names that name gives
// them (empty for the zero PeerID); false when that is nothing to tell.
func Of(protocol string, got any, name func(messages.PeerID) string) (Event, bool) {
	e := Event{Protocol: protocol}
	switch g := got.(type) {
	case messages.ArcOpened:
		e.Type, e.Peer, e.Dir, e.Via = "arc_opened", name(g.Peer), g.Dir.String(), name(g.Via)
	case messages.ArcClosed:
		e.Type, e.Peer, e.Dir, e.Cause = "arc_closed", name(g.Peer), g.Dir.String(), g.Cause
	case messages.PeerDown:
		e.Type, e.Peer, e.Out, e.In, e.Cause = "peer_down", name(g.Peer), g.Out, g.In, g.Cause
	case messages.Introduced:
		e.Type, e.Peer = "introduced", name(g.From)
	case messages.Failed:
		e.Type, e.Peer, e.Op, e.Error = "failed", name(g.Peer), g.Op, messages.CodeOf(g.Err)
	case messages.Received:
		text, ok := g.Message.(*wrapperspb.BytesValue)
		if !ok {
			return Event{}, false
		}
		e.Type, e.Peer, e.Payload = "received", name(g.From), string(text.GetValue())
	case messages.Delivered:
		e.Type, e.Peer, e.Payload = "received", name(g.Origin), string(g.Payload)
	case messages.PublishRefused:
		e.Type, e.Op, e.Error = "failed", OpPublish, messages.CodeOf(g.Err)
	case fmt.Stringer: // what a protocol of the user's own emits
		e.Type, e.Payload = "emitted", g.String()
	default:
		return Event{}, false
	}
	return e, true
}
