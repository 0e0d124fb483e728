package messages

import "google.golang.org/protobuf/proto"

// Envelope is one packet between a connection actor and a channel: a message of a
// protocol, or a control message of wire.proto.
type Envelope struct {
	// Protocol is the number that the sender gave the protocol; 0 for control.
	Protocol uint32
	// Payload is the protocol's encoded message. It is nil when Message holds it.
	Payload []byte
	// Message is the control message, or a protocol's message that is not encoded
	// yet. Do not change it after sending.
	Message proto.Message

	frame *FrameBuffer // the buffer that holds Payload; nil: none to give back
}

// Control is one of the messages of Packet's oneof in wire.proto.
type Control = proto.Message
