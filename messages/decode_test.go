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
	for _, m := range controls() { // each in the field that wire.proto gives it
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
			if n == 300 { // all lengths of the lengths lie below and near the cap
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

// packet is one packet with the given content, in a frame.
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

func TestEveryCapIsEnforced(t *testing.T) {
	names := func(n int) (all []*ProtocolNumber) {
		for i := range n {
			all = append(all, &ProtocolNumber{Number: uint32(i + 1), Name: "p"})
		}
		return all
	}
	hello := func(change func(*Hello)) []byte {
		m := controls()[0].(*Hello)
		change(m)
		return control(t, m)
	}
	signal := func(change func(*Signal)) []byte {
		m := &Signal{From: id(1), To: id(2), Body: &Signal_Answer{Answer: &Answer{}}}
		change(m)
		return control(t, m)
	}
	offer := func(sdp int, protocol string) []byte {
		return signal(func(s *Signal) {
			s.Body = &Signal_Offer{Offer: &Offer{Sdp: strings.Repeat("s", sdp), Protocol: protocol}}
		})
	}
	for name, b := range map[string][]byte{
		"empty frame":                     {},
		"frame over 16 KiB":               packet(number(1, 1), data(2, fill(MaxFrame))),
		"1025 packets":                    bytes.Repeat(packet(number(1, 1)), MaxPackets+1),
		"unknown field of frame":          data(2, nil),
		"truncated":                       packet(number(1, 1))[:2],
		"empty packet":                    packet(),
		"protocol 0":                      packet(number(1, 0), data(2, nil)),
		"protocol 65536":                  packet(number(1, 65536)),
		"payload without protocol":        packet(data(2, []byte{1})),
		"protocol twice":                  packet(number(1, 1), number(1, 1)),
		"payload twice":                   packet(number(1, 1), data(2, nil), data(2, nil)),
		"envelope and control":            packet(number(1, 1), data(11, nil)),
		"two controls":                    packet(data(11, nil), data(11, nil)),
		"unknown control":                 packet(data(17, nil)),
		"unknown wire type":               packet(number(17, 1)),
		"control that is no message":      packet(data(3, []byte{0xff})),
		"hello.network":                   hello(func(m *Hello) { m.Network = strings.Repeat("n", MaxNetwork+1) }),
		"hello.public_key":                hello(func(m *Hello) { m.PublicKey = fill(31) }),
		"hello.nonce":                     hello(func(m *Hello) { m.Nonce = fill(33) }),
		"hello.protocols":                 hello(func(m *Hello) { m.Protocols = names(65) }),
		"hello.protocols.number 0":        hello(func(m *Hello) { m.Protocols[0].Number = 0 }),
		"hello.protocols.number 65536":    hello(func(m *Hello) { m.Protocols[0].Number = 65536 }),
		"hello.protocols.name empty":      hello(func(m *Hello) { m.Protocols[0].Name = "" }),
		"hello.protocols.name long":       hello(func(m *Hello) { m.Protocols[0].Name = strings.Repeat("a", 33) }),
		"hello.protocols.name upper-case": hello(func(m *Hello) { m.Protocols[0].Name = "Spray" }),
		"hello that is not UTF-8":         packet(data(3, data(2, []byte{0xff}))),
		"proof":                           control(t, &Proof{Signature: fill(63)}),
		"protocols.added":                 control(t, &Protocols{Added: names(65)}),
		"protocols.removed":               control(t, &Protocols{Removed: make([]uint32, 65)}),
		"protocols.removed 0":             control(t, &Protocols{Removed: []uint32{0}}),
		"class_ready":                     control(t, &ClassReady{Class: 3}),
		"arcs.protocol":                   control(t, &Arcs{}),
		"arcs.count":                      control(t, &Arcs{Protocol: 1, Count: 65536}),
		"arcs_refused.protocol":           control(t, &ArcsRefused{}),
		"no_protocol":                     control(t, &NoProtocol{Protocol: 65536}),
		"signal.from":                     signal(func(s *Signal) { s.From = nil }),
		"signal.to":                       signal(func(s *Signal) { s.To = fill(21) }),
		"signal.route":                    signal(func(s *Signal) { s.Route = slicesRepeat(id(1), 9) }),
		"signal.route id":                 signal(func(s *Signal) { s.Route = [][]byte{{1}} }),
		"signal.body":                     signal(func(s *Signal) { s.Body = nil }),
		"signal.offer.sdp":                offer(MaxSDP+1, "p"),
		"signal.offer.protocol":           offer(1, "no spaces"),
		"introduction.protocol":           control(t, &Introduction{To: id(1)}),
		"introduction.to":                 control(t, &Introduction{Protocol: "p", To: id(0)}),
		"chunk.count 1":                   control(t, &Chunk{Count: 1, Data: []byte{1}}),
		"chunk.count 257":                 control(t, &Chunk{Count: 257, Data: []byte{1}}),
		"chunk.index":                     control(t, &Chunk{Count: 2, Index: 2, Data: []byte{1}}),
		"chunk.data":                      control(t, &Chunk{Count: 2}),
	} {
		if got, err := DecodeFrame(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	if _, err := DecodePacket(data(11, nil)); !errors.Is(err, ErrMalformed) {
		t.Error("a control message in chunks was taken")
	}
	if _, err := DecodePacket(make([]byte, MaxMessage+100)); !errors.Is(err, ErrMalformed) {
		t.Error("a packet over the cap was taken")
	}
}

func slicesRepeat(b []byte, n int) (all [][]byte) {
	for range n {
		all = append(all, b)
	}
	return all
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
		{Body: &Rendezvous_ContactList{ContactList: &ContactList{Request: 1, Peers: slicesRepeat(id(1), MaxContacts)}}},
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

func TestEveryCapOfRendezvousIsEnforced(t *testing.T) {
	for name, r := range map[string]*Rendezvous{
		"empty":                 {},
		"challenge":             {Body: &Rendezvous_Challenge{Challenge: &Challenge{Nonce: fill(31)}}},
		"enter.room empty":      {Body: &Rendezvous_Enter{Enter: &Enter{PublicKey: fill(32), Signature: fill(64)}}},
		"enter.room long":       {Body: &Rendezvous_Enter{Enter: &Enter{Room: strings.Repeat("r", 65), PublicKey: fill(32), Signature: fill(64)}}},
		"enter.public_key":      {Body: &Rendezvous_Enter{Enter: &Enter{Room: "r", Signature: fill(64)}}},
		"enter.signature":       {Body: &Rendezvous_Enter{Enter: &Enter{Room: "r", PublicKey: fill(32)}}},
		"contact_request 0":     {Body: &Rendezvous_ContactRequest{ContactRequest: &ContactRequest{}}},
		"contact_request 65":    {Body: &Rendezvous_ContactRequest{ContactRequest: &ContactRequest{Count: 65}}},
		"contact_list":          {Body: &Rendezvous_ContactList{ContactList: &ContactList{Peers: slicesRepeat(id(1), 65)}}},
		"contact_list id":       {Body: &Rendezvous_ContactList{ContactList: &ContactList{Peers: [][]byte{{1}}}}},
		"signal":                {Body: &Rendezvous_Signal{Signal: &Signal{}}},
		"gone":                  {Body: &Rendezvous_Gone{Gone: &Gone{}}},
		"fault.text":            {Body: &Rendezvous_Fault{Fault: &Fault{Text: strings.Repeat("t", 257)}}},
		"challenge left out":    {Body: &Rendezvous_Challenge{}},
		"enter left out":        {Body: &Rendezvous_Enter{}},
		"signal left out":       {Body: &Rendezvous_Signal{}},
		"contact list left out": {Body: &Rendezvous_Gone{}},
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
	if _, err := DecodeRendezvous(make([]byte, MaxFrame+1)); !errors.Is(err, ErrMalformed) {
		t.Error("a rendezvous over 16 KiB was taken")
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
