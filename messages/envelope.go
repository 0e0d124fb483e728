package messages

import "google.golang.org/protobuf/proto"

// Envelope is one packet on its way between a connection actor and a channel:
// a message of a protocol, or a control message of wire.proto.
type Envelope struct {
	// Protocol is the number that the sender gave the protocol; 0 for control.
	Protocol uint32
	// Payload is the protocol's encoded message. Nil when Message holds it.
	Payload []byte
	// Message is the control message, or a protocol's message not yet encoded. It
	// is not to be changed once sent.
	Message proto.Message

	frame *FrameBuffer // in which Payload lies; nil: nobody waits for it
}

// Control is one of the messages of Packet's oneof in wire.proto.
type Control = proto.Message
