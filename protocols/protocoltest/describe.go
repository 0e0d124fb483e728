package protocoltest

import (
	"fmt"
	"reflect"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/n2n-overlay/n2n/messages"
)

// describeEvent returns the line of an event in a transcript.
func describeEvent(event any) string {
	switch e := event.(type) {
	case messages.Started:
		if e.Restarted {
			return "started again"
		}
		return "started"
	case messages.ArcOpened:
		return "arc_opened " + e.Dir.String() + " " + Name(e.Peer) + via(e.Via) + number(e.Ticket)
	case messages.ArcClosed:
		return "arc_closed " + e.Dir.String() + " " + Name(e.Peer) + " " + string(e.Cause) + number(e.Ticket)
	case messages.PeerDown:
		return fmt.Sprintf("peer_down %s out=%d in=%d %s", Name(e.Peer), e.Out, e.In, e.Cause)
	case messages.Introduced:
		return "introduced " + Name(e.From) + " " + Name(e.To) + number(e.Ticket)
	case messages.Locked:
		return "locked " + Name(e.Peer) + number(e.Ticket)
	case messages.Unlocked:
		return "unlocked " + Name(e.Peer) + number(e.Ticket)
	case messages.Contacts:
		return "contacts " + names(e.Peers) + number(e.Ticket)
	case messages.Failed:
		return "failed " + string(e.Op) + " " + Name(e.Peer) + " " + string(messages.CodeOf(e.Err)) + number(e.Ticket)
	case messages.Received:
		return "received " + Name(e.From) + " " + describe(e.Message)
	case messages.Told:
		return "told " + strings.TrimSpace(e.From+" "+describe(e.Event))
	case messages.Seen:
		return "seen " + e.Protocol + " " + describeEvent(e.Event)
	case messages.Leaving:
		return "leaving"
	case messages.Stopped:
		return "stopped"
	default:
		return describe(e)
	}
}

func number(t messages.Ticket) string {
	if t == 0 {
		return ""
	}
	return fmt.Sprintf(" #%d", t)
}

func via(peer messages.PeerID) string {
	if peer.IsZero() {
		return ""
	}
	return " via " + Name(peer)
}

func names(peers []messages.PeerID) string {
	if len(peers) == 0 {
		return "none"
	}
	var list []string
	for _, p := range peers {
		list = append(list, Name(p))
	}
	return strings.Join(list, ",")
}

// describe returns a value as type{field:value …}, with the names of its peers. It
// leaves out zero and unexported fields.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "nil"
	case messages.PeerID:
		return Name(v)
	case []messages.PeerID:
		return names(v)
	case []byte:
		return text(v)
	case error:
		return string(messages.CodeOf(v))
	case proto.Message:
		return describeProto(v.ProtoReflect())
	case fmt.Stringer:
		return v.String()
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Struct {
		return fmt.Sprint(value)
	}
	var fields []string
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && !v.Field(i).IsZero() {
			fields = append(fields, f.Name+":"+describe(v.Field(i).Interface()))
		}
	}
	return v.Type().Name() + "{" + strings.Join(fields, " ") + "}"
}

func text(b []byte) string {
	if len(b) == messages.PeerIDSize {
		return Name(messages.PeerID(b))
	}
	if len(b) > 32 {
		return fmt.Sprintf("%d bytes", len(b))
	}
	return fmt.Sprintf("%q", b)
}

// describeProto lists the set fields in the order of the .proto file. It does not
// use prototext, which changes its spacing from build to build.
func describeProto(m protoreflect.Message) string {
	var fields []string
	all := m.Descriptor().Fields()
	for i := range all.Len() {
		f := all.Get(i)
		if !m.Has(f) {
			continue
		}
		if f.IsList() {
			list := m.Get(f).List()
			var items []string
			for j := range list.Len() {
				items = append(items, describeValue(f, list.Get(j)))
			}
			fields = append(fields, string(f.Name())+":["+strings.Join(items, " ")+"]")
			continue
		}
		value := describeValue(f, m.Get(f))
		if f.Message() == nil {
			value = ":" + value
		}
		fields = append(fields, string(f.Name())+value)
	}
	return "{" + strings.Join(fields, " ") + "}"
}

func describeValue(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch {
	case f.Message() != nil:
		return describeProto(v.Message())
	case f.Kind() == protoreflect.BytesKind:
		return text(v.Bytes())
	default:
		return v.String()
	}
}
