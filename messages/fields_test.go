package messages

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// place is a field of a message, possibly inside another message.
type place struct {
	owner func(root protoreflect.Message) protoreflect.Message
	field protoreflect.FieldDescriptor
}

func nameOf(field protoreflect.FieldDescriptor) string {
	return string(field.Parent().Name()) + "." + string(field.Name())
}

// places lists the fields of a message and of the messages in it, without the cases
// of a oneof that it does not hold.
func places(m protoreflect.Message, owner func(protoreflect.Message) protoreflect.Message) (all []place) {
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		if f.ContainingOneof() != nil && !m.Has(f) {
			continue
		}
		all = append(all, place{owner, f})
		switch {
		case f.Message() == nil || !m.Has(f):
		case f.IsList():
			inside := func(root protoreflect.Message) protoreflect.Message {
				return owner(root).Mutable(f).List().Get(0).Message()
			}
			all = append(all, places(m.Get(f).List().Get(0).Message(), inside)...)
		default:
			inside := func(root protoreflect.Message) protoreflect.Message { return owner(root).Mutable(f).Message() }
			all = append(all, places(m.Get(f).Message(), inside)...)
		}
	}
	return all
}

// with returns a copy of a message in which the place is changed.
func (p place) with(m proto.Message, change func(owner protoreflect.Message)) proto.Message {
	m = proto.Clone(m)
	change(p.owner(m.ProtoReflect()))
	return m
}

// set gives the field a value of a rule.
func (p place) set(value any) func(protoreflect.Message) {
	return func(m protoreflect.Message) {
		list := func(n int, at func(int) protoreflect.Value) {
			m.Clear(p.field)
			for i := range n {
				m.Mutable(p.field).List().Append(at(i))
			}
		}
		switch v := value.(type) {
		case []*ProtocolNumber:
			list(len(v), func(i int) protoreflect.Value { return protoreflect.ValueOfMessage(v[i].ProtoReflect()) })
		case []uint32:
			list(len(v), func(i int) protoreflect.Value { return protoreflect.ValueOfUint32(v[i]) })
		case [][]byte:
			list(len(v), func(i int) protoreflect.Value { return protoreflect.ValueOfBytes(v[i]) })
		case Reason:
			m.Set(p.field, protoreflect.ValueOfEnum(protoreflect.EnumNumber(v)))
		default:
			m.Set(p.field, protoreflect.ValueOf(value))
		}
	}
}

// behind adds raw bytes after the fields of a message.
func behind(raw []byte) func(protoreflect.Message) {
	return func(m protoreflect.Message) { m.SetUnknown(raw) }
}

// mistyped gives the field a wrong wire type. A protobuf decoder ignores such a
// field.
func (p place) mistyped() func(protoreflect.Message) {
	raw := data(p.field.Number(), []byte("abc"))
	if k := p.field.Kind(); k == protoreflect.BytesKind || k == protoreflect.StringKind || p.field.Message() != nil || p.field.IsList() {
		raw = protowire.AppendFixed32(protowire.AppendTag(nil, p.field.Number(), protowire.Fixed32Type), 7)
	}
	return func(m protoreflect.Message) { m.Clear(p.field); m.SetUnknown(raw) }
}

// encoded returns the encoded field alone, with a value of its rule.
func (p place) encoded(t *testing.T, m proto.Message, value any) []byte {
	empty := p.owner(proto.Clone(m).ProtoReflect()).New()
	p.set(value)(empty)
	b, err := proto.Marshal(empty.Interface())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func itself(m protoreflect.Message) protoreflect.Message { return m }

// sample is a valid message with its decoder.
type sample struct {
	message proto.Message
	decode  func(t *testing.T, m proto.Message) error
}

func samples() (all []sample) {
	inFrame := func(t *testing.T, m proto.Message) error {
		_, err := DecodeFrame(control(t, m))
		return err
	}
	alone := func(t *testing.T, m proto.Message) error {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		_, err = DecodeRendezvous(b)
		return err
	}
	for _, m := range controls() {
		if s, ok := m.(*Signal); ok && s.GetAnswer() != nil {
			s.GetAnswer().Sdp = "v=0" // leaves space for the other fields in a frame
		}
		all = append(all, sample{m, inFrame})
	}
	for _, r := range rendezvous() {
		all = append(all, sample{r, alone})
	}
	return all
}

// TestEveryFieldKeepsItsRule sends each message of wire.proto with each of its
// fields missing, of a wrong type, wrong, at its cap, over it, and twice.
func TestEveryFieldKeepsItsRule(t *testing.T) {
	met := map[string]bool{}
	for _, s := range samples() {
		root := s.message.ProtoReflect().Descriptor().Name()
		for _, p := range places(s.message.ProtoReflect(), itself) {
			field := nameOf(p.field)
			r, ok := rules[field]
			if !ok {
				t.Errorf("%s has no rule: say what the decoder does with it", field)
				continue
			}
			met[field] = true
			check := func(what string, good bool, change func(protoreflect.Message)) {
				t.Helper()
				err := s.decode(t, p.with(s.message, change))
				if good && err != nil {
					t.Errorf("%s in %s, %s: %v", field, root, what, err)
				}
				if !good && !errors.Is(err, ErrMalformed) {
					t.Errorf("%s in %s, %s: taken, or no typed error: %v", field, root, what, err)
				}
			}
			check("missing", r.optional, func(m protoreflect.Message) { m.Clear(p.field) })
			check("of a wrong wire type", r.optional, p.mistyped())
			if p.field.Kind() == protoreflect.StringKind {
				check("not UTF-8", false, behind(data(p.field.Number(), []byte{0xff})))
			}
			if p.field.Message() != nil {
				check("not a message", false, behind(data(p.field.Number(), []byte{0xff})))
			}
			for _, v := range r.good {
				check("good", true, p.set(v))
				if !p.field.IsList() {
					check("good, twice", true, behind(p.encoded(t, s.message, v)))
				}
			}
			for _, v := range r.bad {
				check("bad", false, p.set(v))
				if b := p.encoded(t, s.message, v); len(b) > 0 {
					check("bad behind a good one", false, behind(b))
				}
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(rules)) {
		if !met[field] {
			t.Errorf("the rule of %s was not tried: wire.proto has no such field, or no message in controls or rendezvous holds it", field)
		}
	}
}

// TestNoFieldIsLeftOut finds fields of wire.proto that neither the test above nor
// decode_test.go knows.
func TestNoFieldIsLeftOut(t *testing.T) {
	all := File_messages_wire_proto.Messages()
	for i := range all.Len() {
		m := all.Get(i)
		for j := range m.Fields().Len() {
			field := nameOf(m.Fields().Get(j))
			switch _, ok := rules[field]; {
			case field == "Frame.packets", strings.HasPrefix(field, "Packet."):
			case !ok:
				t.Errorf("%s has no rule", field)
			}
		}
	}
}
