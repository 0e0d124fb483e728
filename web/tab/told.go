//go:build js

package main

import (
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/events"
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

// fields are those of an event, or of part of one, as a page gets them.
type fields = map[string]any

// told returns an event of a protocol as a page gets it; nil when that is nothing to
// tell. What scripts are told too has the same words and fields.
func told(protocol string, got any) fields {
	var f fields
	switch g := got.(type) {
	case messages.Received, messages.Delivered, unicast.Received, unicast.Requested:
		f = toldPayload(g)
	case messages.Introduced:
		f = shared(protocol, g)
		f["to"] = name(g.To)
	case messages.PeerDown:
		f = shared(protocol, g)
		f["out"], f["in"] = g.Out, g.In
	case messages.Failed:
		f = shared(protocol, g)
		f["error"], f["message"] = string(codeOf(g.Err)), g.Err.Error()
	case messages.PublishRefused:
		f = shared(protocol, g)
		f["error"], f["message"] = string(codeOf(g.Err)), g.Err.Error()
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
		f = fields{"type": "stopped"}
	default:
		f = toldByShipped(g)
	}
	if f != nil {
		f["protocol"] = protocol
	}
	return f
}

// toldByShipped is for the events that protocols that ship have of their own.
func toldByShipped(got any) fields {
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
		return fields{"type": "described"}
	case fullmesh.Met:
		f := about("met", g.Peer)
		f["members"] = g.Members
		return f
	case fullmesh.Refused:
		return about("refused", g.Peer)
	case size.Estimate:
		f := estimate(g)
		f["type"] = "estimated"
		return f
	case unicast.Failed:
		f := about("failed", g.Peer)
		f["op"], f["error"], f["message"] = g.What, string(codeOf(g.Err)), g.Err.Error()
		return f
	default:
		return nil
	}
}

// toldPayload is for what came with data.
func toldPayload(got any) fields {
	switch g := got.(type) {
	case messages.Received:
		switch m := g.Message.(type) {
		case *wrapperspb.BytesValue:
			return fields{"type": "received", "from": name(g.From), "data": m.GetValue()}
		case *wrapperspb.StringValue:
			return fields{"type": "received", "from": name(g.From), "text": m.GetValue()}
		}
	case messages.Delivered:
		return fields{
			"type": "delivered", "id": messageID(g.ID()), "origin": name(g.Origin),
			"seq": float64(g.Seq), "hops": g.Hops, "data": g.Payload,
		}
	case unicast.Received:
		return fields{"type": "received", "from": name(g.From), "data": g.Payload}
	case unicast.Requested:
		return fields{
			"type": "requested", "from": name(g.From), "request": strconv.FormatUint(g.ID, 10), "data": g.Payload,
			"deadline": float64(g.Deadline.UnixMilli()),
		}
	}
	return nil
}

// toldOfConnections is for what the peer itself tells.
func toldOfConnections(got any) fields {
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

func connected(kind string, peer messages.PeerID, offered bool, via messages.PeerID, setup time.Duration) fields {
	f := about(kind, peer)
	f["offered"], f["setup"] = offered, milliseconds(setup)
	if !via.IsZero() {
		f["via"] = name(via)
	}
	return f
}

// shared is an event that scripts are told too.
func shared(protocol string, got any) fields {
	e, ok := events.Of(protocol, got, name)
	if !ok {
		return nil
	}
	f := fields{"type": e.Type}
	for field, value := range map[string]string{
		"peer": e.Peer, "dir": e.Dir, "via": e.Via, "cause": string(e.Cause), "op": string(e.Op),
	} {
		if value != "" {
			f[field] = value
		}
	}
	return f
}

func about(kind string, peer messages.PeerID) fields {
	f := fields{"type": kind}
	if !peer.IsZero() {
		f["peer"] = name(peer)
	}
	return f
}

func shuffled(peer messages.PeerID, began bool, sent, got int) fields {
	f := about("shuffled", peer)
	f["began"], f["sent"], f["got"] = began, sent, got
	return f
}

func linkChanged(g plumtree.TreeChanged) fields {
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

func estimate(e size.Estimate) fields {
	return fields{"peers": e.N, "low": e.Low, "high": e.High, "samples": e.Samples}
}

// name is a PeerID for a page; empty for nobody.
func name(peer messages.PeerID) string {
	if peer.IsZero() {
		return ""
	}
	return peer.String()
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
