//go:build js

package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

func TestEventsHaveTheFieldsOfTheirTypes(t *testing.T) {
	text := types(t)
	x, y := messages.PeerID{1}, messages.PeerID{2}
	full := fmt.Errorf("no more room: %w", messages.ErrFull)
	seen := map[string]bool{}
	for _, c := range []struct {
		of   string
		got  any
		want fields
	}{
		{"ArcOpened", messages.ArcOpened{Peer: x, Dir: messages.Out, Via: y}, fields{"type": "arc_opened", "peer": name(x), "dir": "out", "via": name(y)}},
		{"ArcOpened", messages.ArcOpened{Peer: x, Dir: messages.In}, fields{"type": "arc_opened", "peer": name(x), "dir": "in"}},
		{"ArcClosed", messages.ArcClosed{Peer: x, Dir: messages.In, Cause: messages.CauseDropped}, fields{"type": "arc_closed", "peer": name(x), "dir": "in", "cause": "dropped"}},
		{"PeerDown", messages.PeerDown{Peer: x, In: 2, Cause: messages.CauseLeft}, fields{"type": "peer_down", "peer": name(x), "out": 0, "in": 2, "cause": "left"}},
		{"Introduced", messages.Introduced{From: x, To: y}, fields{"type": "introduced", "peer": name(x), "to": name(y)}},
		{"Locked", messages.Locked{Peer: x}, fields{"type": "locked", "peer": name(x)}},
		{"Unlocked", messages.Unlocked{Peer: x}, fields{"type": "unlocked", "peer": name(x)}},
		{"Failed", messages.Failed{Op: messages.OpOpen, Peer: x, Err: full}, fields{"type": "failed", "op": "open", "peer": name(x), "error": "full", "message": full.Error()}},
		{"Failed", messages.Failed{Op: messages.OpContacts, Err: full}, fields{"type": "failed", "op": "contacts", "error": "full", "message": full.Error()}},
		{"Failed", messages.PublishRefused{Err: broadcast.ErrNotDelivered}, fields{"type": "failed", "op": "publish", "error": "refused", "message": broadcast.ErrNotDelivered.Error()}},
		{"Failed", unicast.Failed{What: "reply", Peer: x, Err: full}, fields{"type": "failed", "op": "reply", "peer": name(x), "error": "full", "message": full.Error()}},
		{"Received", messages.Received{From: x, Message: wrapperspb.Bytes([]byte("b"))}, fields{"type": "received", "from": name(x), "data": "b"}},
		{"Received", messages.Received{From: x, Message: wrapperspb.String("t")}, fields{"type": "received", "from": name(x), "text": "t"}},
		{"Received", unicast.Received{From: x, Payload: []byte("b")}, fields{"type": "received", "from": name(x), "data": "b"}},
		{"Requested", unicast.Requested{From: x, ID: 1 << 63, Payload: []byte("b"), Deadline: time.UnixMilli(5)}, fields{"type": "requested", "from": name(x), "request": "9223372036854775808", "data": "b", "deadline": 5.0}},
		{"Congested", messages.Congested{Peer: x}, fields{"type": "congested", "peer": name(x)}},
		{"Drained", messages.Drained{Peer: x}, fields{"type": "drained", "peer": name(x)}},
		{"Delivered", messages.Delivered{Origin: x, Epoch: 10, Seq: 3, Payload: []byte("b"), Hops: 2}, fields{"type": "delivered", "id": name(x) + "/000000000000000a/3", "origin": name(x), "seq": 3.0, "hops": 2, "data": "b"}},
		{"Joined", spray.Joined{Contact: x}, fields{"type": "joined", "peer": name(x)}},
		{"Joined", cyclon.Joined{Contact: x}, fields{"type": "joined", "peer": name(x)}},
		{"Joined", hyparview.Joined{Contact: x}, fields{"type": "joined", "peer": name(x)}},
		{"Shuffled", spray.Shuffled{Peer: x, Began: true, Sent: 1, Got: 2}, fields{"type": "shuffled", "peer": name(x), "began": true, "sent": 1, "got": 2}},
		{"Shuffled", cyclon.Shuffled{Peer: x, Sent: 1}, fields{"type": "shuffled", "peer": name(x), "began": false, "sent": 1, "got": 0}},
		{"Shuffled", hyparview.Shuffled{Peer: x}, fields{"type": "shuffled", "peer": name(x)}},
		{"NeighbourUp", hyparview.NeighborUp{Peer: x}, fields{"type": "neighbour_up", "peer": name(x)}},
		{"NeighbourDown", hyparview.NeighborDown{Peer: x}, fields{"type": "neighbour_down", "peer": name(x)}},
		{"LinkChanged", plumtree.TreeChanged{Peer: x, Eager: true}, fields{"type": "link_changed", "peer": name(x), "state": "eager"}},
		{"LinkChanged", plumtree.TreeChanged{Peer: x}, fields{"type": "link_changed", "peer": name(x), "state": "lazy"}},
		{"LinkChanged", plumtree.TreeChanged{Peer: x, Gone: true}, fields{"type": "link_changed", "peer": name(x), "state": "gone"}},
		{"Exchanged", tman.Exchanged{Peer: x, Began: true, News: 4}, fields{"type": "exchanged", "peer": name(x), "began": true, "news": 4}},
		{"Described", tman.Described{}, fields{"type": "described"}},
		{"Met", fullmesh.Met{Peer: x, Members: 3}, fields{"type": "met", "peer": name(x), "members": 3}},
		{"Refused", fullmesh.Refused{Peer: x}, fields{"type": "refused", "peer": name(x)}},
		{"Estimated", size.Estimate{N: 5, Low: 4, High: 6, Samples: 2}, fields{"type": "estimated", "peers": 5.0, "low": 4.0, "high": 6.0, "samples": 2}},
		{"Stopped", messages.Stopped{}, fields{"type": "stopped"}},
	} {
		seen[c.of] = true
		got := events.Fields("p", c.got)
		c.want["protocol"] = "p"
		same(t, got, c.want)
		known := append(members(t, text, c.of), "protocol", "data", "text", "peers", "low", "high", "samples")
		for field := range got {
			if !slices.Contains(known, field) {
				t.Errorf("%s has no field %s", c.of, field)
			}
		}
	}
	for _, c := range []struct {
		of   string
		got  any
		want fields
	}{
		{"ConnectionOpened", messages.ConnectionOpened{Peer: x, Offered: true, Via: y, Setup: 1500 * time.Microsecond}, fields{"type": "connection_opened", "peer": name(x), "offered": true, "via": name(y), "setup": 1.5}},
		{"ConnectionAuthenticated", messages.ConnectionAuthenticated{Peer: x}, fields{"type": "connection_authenticated", "peer": name(x), "offered": false, "setup": 0.0}},
		{"ConnectionClosed", messages.ConnectionClosed{Peer: x, Cause: messages.CauseCrashed, Err: errors.New("gone")}, fields{"type": "connection_closed", "peer": name(x), "cause": "crashed", "message": "gone"}},
	} {
		seen[c.of] = true
		same(t, events.ConnectionFields(c.got), c.want)
	}
	for _, nothing := range []any{messages.Started{}, messages.Contacts{}, messages.Sample{}, tman.Refused{}, 5} {
		if f := events.Fields("p", nothing); f != nil {
			t.Errorf("%T is told: %v", nothing, f)
		}
	}
	_, union, _ := strings.Cut(text, "export type PeerEvent =")
	union, _, _ = strings.Cut(union, ";")
	for of := range strings.FieldsFuncSeq(union, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !seen[of] && !strings.HasPrefix(of, "Signaling") { // TestTheLinkToTheServer
			t.Errorf("nothing is told as %s", of)
		}
	}
}

// name returns the name of a peer in a page.
func name(peer messages.PeerID) string { return peer.String() }

// same compares events. It compares bytes as text.
func same(t *testing.T, got, want fields) {
	t.Helper()
	for field, value := range got {
		if b, ok := value.([]byte); ok {
			got[field] = string(b)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMessageIDs(t *testing.T) {
	id := messages.MessageID{Origin: messages.PeerID{1}, Epoch: 1<<64 - 1, Seq: 1<<64 - 1}
	if got, ok := events.ParseID(events.IDOf(id)); !ok || got != id {
		t.Errorf("%v comes back as %v, %v", id, got, ok)
	}
	for _, text := range []string{"", "/", "//", "a/1/1", id.Origin.String() + "/x/1", id.Origin.String() + "/1/x", id.Origin.String() + "/1/-1", id.Origin.String() + "/1/1/1"} {
		o := newObject("publish", fields{"after": []any{text}})
		o.messageIDs("after")
		refused(t, text, o.err, errInvalid)
	}
}
