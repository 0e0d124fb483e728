package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

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
// them; false when that is nothing to tell.
func Of(protocol string, got any, name func(messages.PeerID) string) (Event, bool) {
	e := Event{Protocol: protocol}
	var peer, via messages.PeerID
	switch g := got.(type) {
	case messages.ArcOpened:
		e.Type, peer, e.Dir, via = "arc_opened", g.Peer, g.Dir.String(), g.Via
	case messages.ArcClosed:
		e.Type, peer, e.Dir, e.Cause = "arc_closed", g.Peer, g.Dir.String(), g.Cause
	case messages.PeerDown:
		e.Type, peer, e.Out, e.In, e.Cause = "peer_down", g.Peer, g.Out, g.In, g.Cause
	case messages.Introduced:
		e.Type, peer = "introduced", g.From
	case messages.Failed:
		e.Type, peer, e.Op, e.Error = "failed", g.Peer, g.Op, messages.CodeOf(g.Err)
	case messages.Received:
		text, ok := g.Message.(*wrapperspb.BytesValue)
		if !ok {
			return Event{}, false
		}
		e.Type, peer, e.Payload = "received", g.From, string(text.GetValue())
	case messages.Delivered:
		e.Type, peer, e.Payload = "received", g.Origin, string(g.Payload)
	case messages.PublishRefused:
		e.Type, e.Op, e.Error = "failed", OpPublish, messages.CodeOf(g.Err)
	case fmt.Stringer: // what a protocol of the user's own emits
		e.Type, e.Payload = "emitted", g.String()
	default:
		return Event{}, false
	}
	if !peer.IsZero() {
		e.Peer = name(peer)
	}
	if !via.IsZero() {
		e.Via = name(via)
	}
	return e, true
}

// field is one of an Event's: a string, or an int above 0.
type field struct {
	name  string
	value any
}

// fields lists what is not empty, in the order of Text.
func (e Event) fields() []field {
	return slices.DeleteFunc([]field{
		{"type", e.Type},
		{"protocol", e.Protocol},
		{"peer", e.Peer},
		{"dir", e.Dir},
		{"via", e.Via},
		{"out", e.Out},
		{"in", e.In},
		{"cause", string(e.Cause)},
		{"op", string(e.Op)},
		{"error", string(e.Error)},
		{"payload", e.Payload},
	}, func(f field) bool { return f.value == "" || f.value == 0 })
}

// String returns the event for people: what its error means is said beside the code.
func (e Event) String() string {
	e.Error = messages.Code(e.Error.Error())
	return e.Text()
}

// Text returns the event as words, the fields with the names first before the others.
func (e Event) Text(first ...string) string {
	rank := func(f field) int {
		if i := slices.Index(first, f.name); i >= 0 {
			return i
		}
		return len(first)
	}
	fields := e.fields()
	slices.SortStableFunc(fields, func(a, b field) int { return rank(a) - rank(b) })
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = fmt.Sprint(f.value)
		switch f.name {
		case "via", "out", "in":
			words[i] = f.name + " " + words[i]
		case "payload":
			words[i] = strconv.Quote(e.Payload)
		}
	}
	return strings.Join(words, " ")
}
