package messages

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// DecodeFrame decodes one data channel message and enforces the caps of wire.proto.
// The payloads of the envelopes are parts of b, so the caller must not use b
// afterwards. Unknown fields in control messages are ignored. Other unknown fields
// are malformed. Errors wrap ErrMalformed.
func DecodeFrame(b []byte) ([]Envelope, error) {
	count, err := countPackets(b)
	if err != nil {
		return nil, err
	}
	envelopes := make([]Envelope, 0, count)
	for len(b) > 0 {
		_, _, n := protowire.ConsumeTag(b)
		packet, m := protowire.ConsumeBytes(b[n:])
		b = b[n+m:]
		e, err := decodePacket(packet)
		if err != nil {
			return nil, err
		}
		envelopes = append(envelopes, e)
	}
	return envelopes, nil
}

// DecodePacket decodes a packet that came in chunks. It must be an envelope of a
// protocol, because no control message is larger than a frame. The caller must not
// use b afterwards. Errors wrap ErrMalformed.
func DecodePacket(b []byte) (Envelope, error) {
	if len(b) > MaxMessage+maxPacketExtra {
		return Envelope{}, malformed("packet: has %d bytes, at most %d are allowed", len(b), MaxMessage+maxPacketExtra)
	}
	e, err := decodePacket(b)
	if err != nil {
		return Envelope{}, err
	}
	if e.Protocol == 0 {
		return Envelope{}, malformed("packet: a control message came in chunks")
	}
	return e, checkAtMost("packet.payload", len(e.Payload), MaxMessage)
}

// DecodeRendezvous decodes one message between a peer and a signaling service
// and enforces its caps. Errors wrap ErrMalformed.
func DecodeRendezvous(b []byte) (*Rendezvous, error) {
	if err := checkAtMost("rendezvous", len(b), MaxFrame); err != nil {
		return nil, err
	}
	r := new(Rendezvous)
	if err := unmarshal.Unmarshal(b, r); err != nil {
		return nil, malformed("rendezvous: %v", err)
	}
	if err := checkRendezvous(r); err != nil {
		return nil, err
	}
	return r, nil
}

var unmarshal = proto.UnmarshalOptions{DiscardUnknown: true}

// countPackets checks the outer form of a frame before anything is allocated.
func countPackets(b []byte) (int, error) {
	if err := checkAtMost("frame", len(b), MaxFrame); err != nil {
		return 0, err
	}
	count := 0
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, malformed("frame: %v", protowire.ParseError(n))
		}
		if field != framePackets || kind != protowire.BytesType {
			return 0, malformed("frame: has a field %d of wire type %d", field, kind)
		}
		_, m := protowire.ConsumeBytes(b[n:])
		if m < 0 {
			return 0, malformed("frame.packets: %v", protowire.ParseError(m))
		}
		b = b[n+m:]
		count++
	}
	if count == 0 {
		return 0, malformed("frame: is empty")
	}
	return count, checkCount("frame.packets", count, MaxPackets)
}

// decodePacket reads a Packet. Each of its fields may come once.
func decodePacket(b []byte) (Envelope, error) {
	var (
		e                Envelope
		numbered, loaded bool
	)
	if len(b) == 0 {
		return e, malformed("packet: is empty")
	}
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return e, malformed("packet: %v", protowire.ParseError(n))
		}
		b = b[n:]
		if field == packetProtocol && kind == protowire.VarintType {
			number, n := protowire.ConsumeVarint(b)
			switch {
			case n < 0:
				return e, malformed("packet.protocol: %v", protowire.ParseError(n))
			case numbered:
				return e, malformed("packet.protocol: comes twice")
			case number < 1 || number > MaxProtocol:
				return e, malformed("packet.protocol: is %d, outside 1 to %d", number, MaxProtocol)
			}
			e.Protocol, numbered, b = uint32(number), true, b[n:]
			continue
		}
		if kind != protowire.BytesType {
			return e, malformed("packet: has a field %d of wire type %d", field, kind)
		}
		value, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return e, malformed("packet: field %d: %v", field, protowire.ParseError(n))
		}
		b = b[n:]
		if field == packetPayload {
			if loaded {
				return e, malformed("packet.payload: comes twice")
			}
			e.Payload, loaded = value[:len(value):len(value)], true
			continue
		}
		if e.Message != nil {
			return e, malformed("packet: holds two control messages")
		}
		control, err := decodeControl(field, value)
		if err != nil {
			return e, err
		}
		e.Message = control
	}
	switch {
	case e.Message != nil && (numbered || loaded):
		return e, malformed("packet: holds an envelope and a control message")
	case e.Message == nil && !numbered:
		return e, malformed("packet.protocol: is missing")
	case numbered && !loaded:
		e.Payload = []byte{}
	}
	return e, nil
}

func decodeControl(field protowire.Number, b []byte) (proto.Message, error) {
	m, repeated := newControl(field)
	if m == nil {
		return nil, malformed("packet: %d is no control message that is known", field)
	}
	// Entries are counted before they are allocated.
	if repeated != 0 && occurrences(b, repeated) > MaxProtocols {
		return nil, malformed("%s: field %d has more than %d entries", m.ProtoReflect().Descriptor().Name(), repeated, MaxProtocols)
	}
	if err := unmarshal.Unmarshal(b, m); err != nil {
		return nil, malformed("%s: %v", m.ProtoReflect().Descriptor().Name(), err)
	}
	_, check, _ := controlField(m)
	if err := check(); err != nil {
		return nil, err
	}
	return m, nil
}

// newControl returns an empty control message, and the number of its field of
// repeated messages or bytes, if it has one.
func newControl(field protowire.Number) (m proto.Message, repeated protowire.Number) {
	switch field {
	case fieldHello:
		return new(Hello), 5
	case fieldProof:
		return new(Proof), 0
	case fieldProtocols:
		return new(Protocols), 1
	case fieldClassReady:
		return new(ClassReady), 0
	case fieldArcs:
		return new(Arcs), 0
	case fieldArcsRefused:
		return new(ArcsRefused), 0
	case fieldCloseProposal:
		return new(CloseProposal), 0
	case fieldCloseAnswer:
		return new(CloseAnswer), 0
	case fieldLeave:
		return new(Leave), 0
	case fieldSignal:
		return new(Signal), 4
	case fieldIntroduction:
		return new(Introduction), 0
	case fieldOutcome:
		return new(Outcome), 0
	case fieldChunk:
		return new(Chunk), 0
	case fieldNoProtocol:
		return new(NoProtocol), 0
	}
	return nil, 0
}

// occurrences counts a field in an encoded message, up to the first broken field.
func occurrences(b []byte, field protowire.Number) int {
	count := 0
	for len(b) > 0 {
		f, _, n := protowire.ConsumeField(b)
		if n < 0 {
			break
		}
		if f == field {
			count++
		}
		b = b[n:]
	}
	return count
}
