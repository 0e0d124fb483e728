package messages

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

func id(b byte) []byte { return bytes.Repeat([]byte{b}, PeerIDSize) }

func fill(n int) []byte { return bytes.Repeat([]byte{0xa5}, n) }

// controls holds one valid message of each kind.
func controls() []proto.Message {
	return []proto.Message{
		&Hello{
			Version: 1, Network: "net", PublicKey: fill(KeySize), Incarnation: 7, Nonce: fill(NonceSize),
			Protocols: []*ProtocolNumber{{Number: 1, Name: "spray"}, {Number: 65535, Name: strings.Repeat("a", MaxName)}},
		},
		&Proof{Signature: fill(SignatureSize)},
		&Protocols{Added: []*ProtocolNumber{{Number: 3, Name: "t-man.2"}}, Removed: []uint32{1, 2, 3}},
		&ClassReady{Class: 2},
		&Arcs{Protocol: 1, Count: 3, Seq: 9, Job: 1},
		&ArcsRefused{Protocol: 1, Seq: 9, Keep: 2, Reason: Reason_REASON_FULL},
		&CloseProposal{Seen: 4},
		&CloseAnswer{Agreed: true},
		&Leave{},
		&Signal{Job: 1, From: id(1), To: id(2), Route: [][]byte{id(3), id(4)}, Body: &Signal_Offer{Offer: &Offer{Sdp: "v=0", Protocol: "spray"}}},
		&Signal{Job: 1, From: id(1), To: id(2), Body: &Signal_Answer{Answer: &Answer{Sdp: strings.Repeat("s", MaxSDP)}}},
		&Signal{Job: 1, From: id(1), To: id(2), Body: &Signal_Refusal{Refusal: &Refusal{Reason: Reason_REASON_RATE}}},
		&Introduction{Job: 1, Protocol: "spray", To: id(1)},
		&Outcome{Job: 1, Reason: Reason_REASON_TIMEOUT},
		&Chunk{Id: 1, Index: 1, Count: 2, Data: []byte{1}},
		&NoProtocol{Protocol: 12},
	}
}

func frameOf(t testing.TB, envelopes ...Envelope) []byte {
	t.Helper()
	var b []byte
	for _, e := range envelopes {
		before := len(b)
		var err error
		if b, err = AppendEnvelope(b, e); err != nil {
			t.Fatalf("append %v: %v", e, err)
		}
		if got, want := len(b)-before, SizeEnvelope(e); got != want {
			t.Fatalf("%T: SizeEnvelope is %d, AppendEnvelope adds %d", e.Message, want, got)
		}
	}
	return b
}

func equal(a, b Envelope) bool {
	return a.Protocol == b.Protocol && bytes.Equal(a.Payload, b.Payload) && proto.Equal(a.Message, b.Message)
}

func TestFramesComeBackAsTheyWere(t *testing.T) {
	sent := []Envelope{{Protocol: 1}, {Protocol: 65535, Payload: fill(3000)}}
	for _, m := range controls() {
		if s, ok := m.(*Signal); !ok || s.GetAnswer() == nil {
			sent = append(sent, Envelope{Message: m})
		}
	}
	got, err := DecodeFrame(frameOf(t, sent...))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(sent) {
		t.Fatalf("%d envelopes of %d", len(got), len(sent))
	}
	for i := range sent {
		if !equal(got[i], sent[i]) {
			t.Errorf("envelope %d: got %v, want %v", i, got[i], sent[i])
		}
	}
	for _, m := range controls() {
		if _, err := DecodeFrame(frameOf(t, Envelope{Message: m})); err != nil {
			t.Errorf("%T alone: %v", m, err)
		}
	}
}

func TestFramesAreWireProto(t *testing.T) {
	sent := []Envelope{{Protocol: 300, Payload: []byte("abc")}}
	want := &Frame{Packets: []*Packet{{Protocol: 300, Payload: []byte("abc")}}}
	for _, m := range controls() {
		if p, ok := m.(*Proof); ok {
			sent = append(sent, Envelope{Message: p})
			want.Packets = append(want.Packets, &Packet{Control: &Packet_Proof{Proof: p}})
		}
	}
	b := frameOf(t, sent...)
	got := new(Frame)
	if err := proto.Unmarshal(b, got); err != nil || !proto.Equal(got, want) {
		t.Fatalf("got %v, %v; want %v", got, err, want)
	}
	for _, m := range controls() { // each in its field of wire.proto
		field, _, _ := controlField(m)
		fd := new(Packet).ProtoReflect().Descriptor().Fields().ByNumber(field)
		if fd.Message().FullName() != m.ProtoReflect().Descriptor().FullName() {
			t.Errorf("%T is written into field %d, which holds %s", m, field, fd.Message().FullName())
		}
		if empty, _ := newControl(field); empty.ProtoReflect().Descriptor() != m.ProtoReflect().Descriptor() {
			t.Errorf("field %d is read as %T", field, empty)
		}
	}
}

func TestAnEnvelopeOfAMessageIsWrittenInPlace(t *testing.T) {
	m := &Introduction{Job: 5, Protocol: "x", To: id(9)}
	b := frameOf(t, Envelope{Protocol: 4, Message: m})
	got, err := DecodeFrame(b)
	if err != nil {
		t.Fatal(err)
	}
	back := new(Introduction)
	if err := proto.Unmarshal(got[0].Payload, back); err != nil || !proto.Equal(back, m) {
		t.Fatalf("got %v, %v", back, err)
	}
}

func TestAnEnvelopeCostsAtMostEightBytes(t *testing.T) {
	for protocol := uint32(1); protocol < 128; protocol++ {
		for n := 0; ; n++ {
			size := SizeEnvelope(Envelope{Protocol: protocol, Payload: make([]byte, n)})
			if size > MaxFrame {
				break // larger ones are chunks
			}
			if size-n > 8 {
				t.Fatalf("protocol %d, payload of %d: %d bytes above it", protocol, n, size-n)
			}
			if n == 300 { // the length prefixes change only below this and near the cap
				n = MaxFrame - 300
			}
		}
	}
}

func TestMessagesOverTheCapAreNotSent(t *testing.T) {
	if _, err := AppendEnvelope(nil, Envelope{Protocol: 1, Payload: make([]byte, MaxMessage+1)}); !errors.Is(err, ErrTooBig) {
		t.Fatalf("err = %v", err)
	}
	b := frameOf(t, Envelope{Protocol: 65535, Payload: make([]byte, MaxMessage)})
	packet, _ := protowire.ConsumeBytes(b[1:])
	if e, err := DecodePacket(packet); err != nil || len(e.Payload) != MaxMessage {
		t.Fatalf("largest message: %v", err)
	}
}

// packet returns one packet with the given content, in a frame.
func packet(content ...[]byte) []byte {
	b := protowire.AppendTag(nil, 1, protowire.BytesType)
	return protowire.AppendBytes(b, bytes.Join(content, nil))
}

func number(field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), v)
}

func data(field protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b)
}

func control(t testing.TB, m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	field, _, _ := controlField(m)
	return packet(data(field, b))
}

func TestFramesAndPacketsKeepTheirForm(t *testing.T) {
	one := packet(number(1, 1))
	for name, b := range map[string][]byte{
		"empty frame":              {},
		"1025 packets":             bytes.Repeat(one, MaxPackets+1),
		"unknown field of frame":   data(2, nil),
		"packets of a wrong type":  number(1, 1),
		"empty packet":             packet(),
		"protocol missing":         packet(data(2, []byte{1})),
		"protocol 0":               packet(number(1, 0), data(2, nil)),
		"protocol 65536":           packet(number(1, 65536)),
		"protocol over 32 bits":    packet(number(1, 1<<32+1)),
		"protocol of a wrong type": packet(data(1, []byte{1})),
		"protocol twice":           packet(number(1, 1), number(1, 1)),
		"payload of a wrong type":  packet(number(1, 1), number(2, 1)),
		"payload twice":            packet(number(1, 1), data(2, nil), data(2, nil)),
		"unknown wire type":        packet(number(17, 1)),
		"end of a group":           packet([]byte{1<<3 | 4}),
		"over 16 KiB":              packet(number(1, 1), data(2, fill(MaxFrame))),
	} {
		if got, err := DecodeFrame(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	for name, b := range map[string][]byte{
		"1024 packets":    bytes.Repeat(one, MaxPackets),
		"16 KiB":          packet(number(1, 65535), data(2, fill(MaxFrame-10))),
		"payload missing": packet(number(1, 1)),
		"protocol last":   packet(data(2, []byte{1}), number(1, 1)),
	} {
		if _, err := DecodeFrame(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range len(b) {
			if i%len(one) == 0 && i > 0 && name == "1024 packets" {
				continue // a whole frame again
			}
			if got, err := DecodeFrame(b[:i:i]); !errors.Is(err, ErrMalformed) {
				t.Fatalf("the first %d bytes of %s: got %v, %v", i, name, got, err)
			}
		}
	}
	if n := len(packet(number(1, 65535), data(2, fill(MaxFrame-10)))); n != MaxFrame {
		t.Errorf("the largest frame has %d bytes", n)
	}
}

// TestEveryControlMessageComesAloneAndWhole tries each field of the oneof of
// Packet.
func TestEveryControlMessageComesAloneAndWhole(t *testing.T) {
	fields := new(Packet).ProtoReflect().Descriptor().Fields()
	known, valid := map[protowire.Number]bool{}, map[protowire.Number][]byte{}
	for _, m := range controls() {
		field, _, _ := controlField(m)
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		valid[field] = data(field, b)
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		known[f.Number()] = true
		if f.Number() <= packetPayload {
			continue
		}
		b := valid[f.Number()]
		if b == nil {
			t.Errorf("controls has no %s", f.Name())
			continue
		}
		if got, err := DecodeFrame(packet(b)); err != nil || len(got) != 1 {
			t.Errorf("%s: got %v, %v", f.Name(), got, err)
		}
		for what, b := range map[string][]byte{
			"of a wrong wire type":       packet(number(f.Number(), 1)),
			"twice":                      packet(b, b),
			"beside another":             packet(b, data(fieldLeave, nil)),
			"behind another":             packet(data(fieldLeave, nil), b),
			"with a protocol":            packet(number(1, 1), b),
			"with a payload":             packet(data(2, nil), b),
			"cut short":                  packet(b)[:len(packet(b))-1],
			"longer than it says":        append(packet(b), 0),
			"that ends in half a field":  packet(b, []byte{0x80}),
			"that is no protobuf at all": packet(data(f.Number(), []byte{0xff})),
		} {
			if got, err := DecodeFrame(b); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s %s: got %v, %v", f.Name(), what, got, err)
			}
		}
		if got, err := DecodePacket(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s in chunks: got %v, %v", f.Name(), got, err)
		}
	}
	for field := protowire.Number(1); field < 64; field++ {
		if got, err := DecodeFrame(packet(data(field, nil))); !known[field] && !errors.Is(err, ErrMalformed) {
			t.Errorf("an unknown control message %d: got %v, %v", field, got, err)
		}
	}
}

func TestPacketsInChunksKeepTheirCap(t *testing.T) {
	for size, good := range map[int]bool{0: true, MaxMessage: true, MaxMessage + 1: false, MaxMessage + 100: false} {
		e, err := DecodePacket(append(number(1, 65535), data(2, make([]byte, size))...))
		if good && (err != nil || len(e.Payload) != size) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if !good && !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if _, err := DecodePacket(nil); !errors.Is(err, ErrMalformed) {
		t.Error("nothing was taken for a packet")
	}
}

func TestUnknownFieldsInsideControlAreIgnored(t *testing.T) {
	got, err := DecodeFrame(packet(data(11, number(99, 1))))
	if err != nil || !proto.Equal(got[0].Message, &Leave{}) {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestControlThatTheReceiverWouldRefuseIsNotSent(t *testing.T) {
	for _, e := range []Envelope{
		{Message: &Proof{}},
		{Message: &Frame{}},
		{},
		{Protocol: 65536},
		{Payload: []byte{1}, Message: &Leave{}},
	} {
		if _, err := AppendEnvelope(nil, e); err == nil {
			t.Errorf("%v was encoded", e)
		}
	}
}

func rendezvous() []*Rendezvous {
	return []*Rendezvous{
		{Body: &Rendezvous_Challenge{Challenge: &Challenge{Nonce: fill(NonceSize)}}},
		{Body: &Rendezvous_Enter{Enter: &Enter{Room: "room", PublicKey: fill(KeySize), Signature: fill(SignatureSize)}}},
		{Body: &Rendezvous_Entered{Entered: &Entered{Members: 3}}},
		{Body: &Rendezvous_ContactRequest{ContactRequest: &ContactRequest{Request: 1, Count: MaxContacts}}},
		{Body: &Rendezvous_ContactList{ContactList: &ContactList{Request: 1, Peers: ids(MaxContacts, id(1))}}},
		{Body: &Rendezvous_Signal{Signal: &Signal{From: id(1), To: id(2), Body: &Signal_Refusal{Refusal: &Refusal{}}}}},
		{Body: &Rendezvous_Gone{Gone: &Gone{Peer: id(1), Job: 2}}},
		{Body: &Rendezvous_Fault{Fault: &Fault{Reason: Reason_REASON_RATE, Text: "slower"}}},
	}
}

func TestRendezvousComesBackAsItWas(t *testing.T) {
	for _, r := range rendezvous() {
		b, err := EncodeRendezvous(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeRendezvous(b); err != nil || !proto.Equal(got, r) {
			t.Errorf("got %v, %v; want %v", got, err, r)
		}
	}
}

func TestRendezvousKeepsItsForm(t *testing.T) {
	for name, r := range map[string]*Rendezvous{
		"empty":              {},
		"challenge left out": {Body: &Rendezvous_Challenge{}},
		"enter left out":     {Body: &Rendezvous_Enter{}},
		"signal left out":    {Body: &Rendezvous_Signal{}},
		"gone left out":      {Body: &Rendezvous_Gone{}},
	} {
		b, err := proto.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeRendezvous(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if _, err := EncodeRendezvous(r); err == nil {
			t.Errorf("%s was encoded", name)
		}
	}
	for _, r := range rendezvous() {
		b, err := EncodeRendezvous(r)
		if err != nil {
			t.Fatal(err)
		}
		fit := MaxFrame - len(b) - 4 // with an unknown field that has a tag and a length of its own
		if _, err := DecodeRendezvous(append(b, data(99, fill(fit))...)); err != nil {
			t.Errorf("%T of 16 KiB: %v", r.GetBody(), err)
		}
		if got, err := DecodeRendezvous(append(b, data(99, fill(fit+1))...)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%T over 16 KiB: got %v, %v", r.GetBody(), got, err)
		}
		if got, err := DecodeRendezvous(b[:len(b)-1]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%T cut short: got %v, %v", r.GetBody(), got, err)
		}
	}
}

func FuzzDecodeFrame(f *testing.F) {
	for _, m := range controls() {
		f.Add(frameOf(f, Envelope{Message: m}, Envelope{Protocol: 1, Payload: []byte("abc")}))
	}
	f.Add(packet(number(1, 0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		envelopes, err := DecodeFrame(bytes.Clone(b))
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%v does not wrap ErrMalformed", err)
			}
			return
		}
		for _, e := range envelopes {
			again, err := DecodeFrame(frameOf(t, e))
			if err != nil || len(again) != 1 || !equal(again[0], e) {
				t.Fatalf("%v came back as %v, %v", e, again, err)
			}
		}
	})
}

func FuzzDecodePacket(f *testing.F) {
	f.Add(append(number(1, 1), data(2, []byte("abc"))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := DecodePacket(b); err == nil && (e.Protocol == 0 || e.Message != nil) {
			t.Fatalf("%v", e)
		}
	})
}

func FuzzDecodeRendezvous(f *testing.F) {
	for _, r := range rendezvous() {
		b, err := EncodeRendezvous(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRendezvous(b)
		if err != nil {
			return
		}
		again, err := EncodeRendezvous(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeRendezvous(again); err != nil || !proto.Equal(back, r) {
			t.Fatalf("%v came back as %v, %v", r, back, err)
		}
	})
}

func BenchmarkAppendEnvelope(b *testing.B) {
	e := Envelope{Protocol: 1, Payload: fill(64)}
	buf := make([]byte, 0, 128)
	for b.Loop() {
		_, _ = AppendEnvelope(buf, e)
	}
}

func BenchmarkDecodeFrame(b *testing.B) {
	frame := frameOf(b, Envelope{Protocol: 1, Payload: fill(64)})
	for b.Loop() {
		_, _ = DecodeFrame(frame)
	}
}
