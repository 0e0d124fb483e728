package events

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// Fields returns what a protocol got as the fields of an event of a page; nil when
// that is nothing to tell. What scripts are told too has the same words and fields.
func Fields(protocol string, got any) map[string]any {
	var f map[string]any
	switch g := got.(type) {
	case messages.Received, messages.Delivered, unicast.Received, unicast.Requested:
		f = ofPayload(g)
	case messages.Introduced:
		f = shared(protocol, g)
		f["to"] = g.To.String()
	case messages.PeerDown:
		f = shared(protocol, g)
		f["out"], f["in"] = g.Out, g.In
	case messages.Failed:
		f = refused(shared(protocol, g), g.Err)
	case messages.PublishRefused:
		f = refused(shared(protocol, g), g.Err)
	case messages.ArcOpened, messages.ArcClosed:
		f = shared(protocol, g)
	case messages.Locked:
		f = about("locked", g.Peer)
	case messages.Unlocked:
		f = about("unlocked", g.Peer)
	case messages.Congested:
		f = about("congested", g.Peer)
	case messages.Drained:
		f = about("drained", g.Peer)
	case messages.Stopped:
		f = map[string]any{"type": "stopped"}
	default:
		f = ofShipped(g)
	}
	if f != nil {
		f["protocol"] = protocol
	}
	return f
}

// ofShipped is for the events that protocols that ship have of their own.
func ofShipped(got any) map[string]any {
	switch g := got.(type) {
	case spray.Joined:
		return about("joined", g.Contact)
	case cyclon.Joined:
		return about("joined", g.Contact)
	case hyparview.Joined:
		return about("joined", g.Contact)
	case spray.Shuffled:
		return shuffled(g.Peer, g.Began, g.Sent, g.Got)
	case cyclon.Shuffled:
		return shuffled(g.Peer, g.Began, g.Sent, g.Got)
	case hyparview.Shuffled:
		return about("shuffled", g.Peer)
	case hyparview.NeighborUp:
		return about("neighbour_up", g.Peer)
	case hyparview.NeighborDown:
		return about("neighbour_down", g.Peer)
	case plumtree.TreeChanged:
		return linkChanged(g)
	case tman.Exchanged:
		f := about("exchanged", g.Peer)
		f["began"], f["news"] = g.Began, g.News
		return f
	case tman.Described:
		return map[string]any{"type": "described"}
	case fullmesh.Met:
		f := about("met", g.Peer)
		f["members"] = g.Members
		return f
	case fullmesh.Refused:
		return about("refused", g.Peer)
	case size.Estimate:
		f := EstimateFields(g)
		f["type"] = "estimated"
		return f
	case unicast.Failed:
		f := about("failed", g.Peer)
		f["op"] = g.What
		return refused(f, g.Err)
	default:
		return nil
	}
}

// ofPayload is for what came with data.
func ofPayload(got any) map[string]any {
	switch g := got.(type) {
	case messages.Received:
		switch m := g.Message.(type) {
		case *wrapperspb.BytesValue:
			return map[string]any{"type": "received", "from": g.From.String(), "data": m.GetValue()}
		case *wrapperspb.StringValue:
			return map[string]any{"type": "received", "from": g.From.String(), "text": m.GetValue()}
		}
	case messages.Delivered:
		return map[string]any{
			"type": "delivered", "id": IDOf(g.ID()), "origin": g.Origin.String(),
			"seq": float64(g.Seq), "hops": g.Hops, "data": g.Payload,
		}
	case unicast.Received:
		return map[string]any{"type": "received", "from": g.From.String(), "data": g.Payload}
	case unicast.Requested:
		return map[string]any{
			"type": "requested", "from": g.From.String(), "request": strconv.FormatUint(g.ID, 10), "data": g.Payload,
			"deadline": float64(g.Deadline.UnixMilli()),
		}
	}
	return nil
}

// ConnectionFields is Fields for what the peer itself tells of its connections.
func ConnectionFields(got any) map[string]any {
	switch g := got.(type) {
	case messages.ConnectionOpened:
		return connected("connection_opened", g.Peer, g.Offered, g.Via, g.Setup)
	case messages.ConnectionAuthenticated:
		return connected("connection_authenticated", g.Peer, g.Offered, g.Via, g.Setup)
	case messages.ConnectionClosed:
		f := about("connection_closed", g.Peer)
		if g.Cause != "" {
			f["cause"] = string(g.Cause)
		}
		if g.Err != nil {
			f["message"] = g.Err.Error()
		}
		return f
	default:
		return nil
	}
}

func connected(kind string, peer messages.PeerID, offered bool, via messages.PeerID, setup time.Duration) map[string]any {
	f := about(kind, peer)
	f["offered"], f["setup"] = offered, float64(setup)/float64(time.Millisecond)
	if !via.IsZero() {
		f["via"] = via.String()
	}
	return f
}

// shared is for an event that scripts are told too.
func shared(protocol string, got any) map[string]any {
	e, _ := Of(protocol, got, messages.PeerID.String)
	all := map[string]any{}
	for _, f := range e.fields() {
		all[f.name] = f.value
	}
	return all
}

func refused(f map[string]any, err error) map[string]any {
	f["error"], f["message"] = string(CodeOf(err)), err.Error()
	return f
}

func about(kind string, peer messages.PeerID) map[string]any {
	f := map[string]any{"type": kind}
	if !peer.IsZero() {
		f["peer"] = peer.String()
	}
	return f
}

func shuffled(peer messages.PeerID, began bool, sent, got int) map[string]any {
	f := about("shuffled", peer)
	f["began"], f["sent"], f["got"] = began, sent, got
	return f
}

func linkChanged(g plumtree.TreeChanged) map[string]any {
	f := about("link_changed", g.Peer)
	switch {
	case g.Gone:
		f["state"] = "gone"
	case g.Eager:
		f["state"] = "eager"
	default:
		f["state"] = "lazy"
	}
	return f
}

// EstimateFields is an estimate of a size for a page, without a type.
func EstimateFields(e size.Estimate) map[string]any {
	return map[string]any{"peers": e.N, "low": e.Low, "high": e.High, "samples": e.Samples}
}

// CodeOf is the code by which a page tells an error. A page has one word for a peer
// that has ended and for a service that cannot be reached or was not given; the text
// of the error tells them apart.
func CodeOf(err error) messages.Code {
	if errors.Is(err, context.DeadlineExceeded) {
		return messages.ErrTimeout
	}
	switch code := messages.CodeOf(err); code {
	case "", messages.ErrNoRendezvous, messages.ErrUnreachable:
		return messages.ErrClosed
	default:
		return code
	}
}

// IDOf is how a page writes the name of a broadcast; ParseID reads it.
func IDOf(id messages.MessageID) string {
	return fmt.Sprintf("%v/%016x/%d", id.Origin, id.Epoch, id.Seq)
}

// ParseID reads what IDOf wrote; false when it is none.
func ParseID(text string) (id messages.MessageID, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return id, false
	}
	origin, err := messages.ParsePeerID(parts[0])
	epoch, badEpoch := strconv.ParseUint(parts[1], 16, 64)
	seq, badSeq := strconv.ParseUint(parts[2], 10, 64)
	if err != nil || badEpoch != nil || badSeq != nil {
		return id, false
	}
	return messages.MessageID{Origin: origin, Epoch: epoch, Seq: seq}, true
}
