package messages

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// The fields of Frame and Packet. They are read and written without reflection.
const (
	framePackets   protowire.Number = 1
	packetProtocol protowire.Number = 1
	packetPayload  protowire.Number = 2
)

// The control fields of Packet.
const (
	fieldHello protowire.Number = iota + 3
	fieldProof
	fieldProtocols
	fieldClassReady
	fieldArcs
	fieldArcsRefused
	fieldCloseProposal
	fieldCloseAnswer
	fieldLeave
	fieldSignal
	fieldIntroduction
	fieldOutcome
	fieldChunk
	fieldNoProtocol
)

// AppendEnvelope appends e to b as one element of Frame.packets. The elements of a
// frame in a row are the frame. Errors: ErrTooBig for a payload over MaxMessage,
// and ErrMalformed for a message that a receiver would refuse. An envelope over
// MaxFrame must be sent in chunks.
func AppendEnvelope(b []byte, e Envelope) ([]byte, error) {
	if e.Protocol == 0 {
		return appendControl(b, e)
	}
	if e.Protocol > MaxProtocol {
		return nil, fmt.Errorf("packet.protocol: is %d, at most %d is allowed", e.Protocol, MaxProtocol)
	}
	payload := payloadSize(e)
	if payload > MaxMessage {
		return nil, fmt.Errorf("packet.payload: has %d bytes, at most %d are allowed: %w", payload, MaxMessage, ErrTooBig)
	}
	b = protowire.AppendTag(b, framePackets, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(packetSize(e.Protocol, payload)))
	b = protowire.AppendTag(b, packetProtocol, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(e.Protocol))
	if payload == 0 {
		return b, nil
	}
	b = protowire.AppendTag(b, packetPayload, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(payload))
	if e.Message == nil {
		return append(b, e.Payload...), nil
	}
	before := len(b)
	b, err := sized.MarshalAppend(b, e.Message)
	if err != nil {
		return nil, fmt.Errorf("packet.payload: %w", err)
	}
	if len(b)-before != payload {
		return nil, fmt.Errorf("packet.payload: %T was changed while it was sent", e.Message)
	}
	return b, nil
}

// SizeEnvelope returns the number of bytes that AppendEnvelope adds.
func SizeEnvelope(e Envelope) int {
	if e.Protocol != 0 {
		return sizeField(packetSize(e.Protocol, payloadSize(e)))
	}
	field, _, _ := controlField(e.Message)
	return sizeField(protowire.SizeTag(field) + protowire.SizeBytes(proto.Size(e.Message)))
}

// EncodeRendezvous encodes a message to or from a signaling service. Its error says
// what the other side would find malformed.
func EncodeRendezvous(r *Rendezvous) ([]byte, error) {
	if err := checkRendezvous(r); err != nil {
		return nil, err
	}
	b, err := marshal.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("rendezvous: %w", err)
	}
	if len(b) > MaxFrame {
		return nil, fmt.Errorf("rendezvous: has %d bytes, at most %d are allowed", len(b), MaxFrame)
	}
	return b, nil
}

// sized writes a message whose Size was called just before. marshal does both. They
// are deterministic, because simulations hash the messages.
var (
	sized   = proto.MarshalOptions{Deterministic: true, UseCachedSize: true}
	marshal = proto.MarshalOptions{Deterministic: true}
)

func payloadSize(e Envelope) int {
	if e.Message != nil {
		return marshal.Size(e.Message)
	}
	return len(e.Payload)
}

func packetSize(protocol uint32, payload int) int {
	n := 1 + protowire.SizeVarint(uint64(protocol))
	if payload > 0 {
		n += 1 + protowire.SizeBytes(payload)
	}
	return n
}

func sizeField(packet int) int { return 1 + protowire.SizeBytes(packet) }

func appendControl(b []byte, e Envelope) ([]byte, error) {
	if len(e.Payload) != 0 {
		return nil, fmt.Errorf("packet: has a payload and no protocol")
	}
	field, check, ok := controlField(e.Message)
	if !ok {
		return nil, fmt.Errorf("packet: %T is no control message", e.Message)
	}
	if err := check(); err != nil {
		return nil, err
	}
	size := marshal.Size(e.Message)
	b = protowire.AppendTag(b, framePackets, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(protowire.SizeTag(field)+protowire.SizeBytes(size)))
	b = protowire.AppendTag(b, field, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(size))
	b, err := sized.MarshalAppend(b, e.Message)
	if err != nil {
		return nil, fmt.Errorf("packet: %w", err)
	}
	return b, nil
}

// controlField returns the field of Packet that holds a control message, and the
// check of its caps.
func controlField(m proto.Message) (protowire.Number, func() error, bool) {
	switch m := m.(type) {
	case *Hello:
		return fieldHello, func() error { return checkHello(m) }, true
	case *Proof:
		return fieldProof, func() error { return checkProof(m) }, true
	case *Protocols:
		return fieldProtocols, func() error { return checkProtocols(m) }, true
	case *ClassReady:
		return fieldClassReady, func() error { return checkClassReady(m) }, true
	case *Arcs:
		return fieldArcs, func() error { return checkArcs(m) }, true
	case *ArcsRefused:
		return fieldArcsRefused, func() error { return checkArcsRefused(m) }, true
	case *CloseProposal:
		return fieldCloseProposal, unchecked, true
	case *CloseAnswer:
		return fieldCloseAnswer, unchecked, true
	case *Leave:
		return fieldLeave, unchecked, true
	case *Signal:
		return fieldSignal, func() error { return checkSignal(m) }, true
	case *Introduction:
		return fieldIntroduction, func() error { return checkIntroduction(m) }, true
	case *Outcome:
		return fieldOutcome, unchecked, true
	case *Chunk:
		return fieldChunk, func() error { return checkChunk(m) }, true
	case *NoProtocol:
		return fieldNoProtocol, func() error { return checkNumber("no_protocol.protocol", m.Protocol) }, true
	}
	return 1, nil, false
}

func unchecked() error { return nil }
