package wrtc

import "encoding/binary"

const (
	stunHeader          = 20
	stunCookie   uint32 = 0x2112A442
	stunXORPeer  uint16 = 0x0012
	stunXORRelay uint16 = 0x0016
	stunXORMap   uint16 = 0x0020
)

// crashesSTUN reports whether a packet is a STUN message with an XOR address
// attribute of a length that no such attribute has: pion/stun v0.6.1 reads past
// the end of short ones (XORMappedAddress.GetFromAs), and its panic on a
// goroutine of its own ends the process.
func crashesSTUN(packet []byte) bool {
	if len(packet) < stunHeader || binary.BigEndian.Uint32(packet[4:]) != stunCookie {
		return false
	}
	for b := packet[stunHeader:]; len(b) >= 4; {
		kind, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		switch kind {
		case stunXORPeer, stunXORRelay, stunXORMap:
			if length != 8 && length != 20 { // family and port, and an IPv4 or IPv6 address
				return true
			}
		}
		b = b[4:]
		if padded := (length + 3) &^ 3; padded < len(b) {
			b = b[padded:]
		} else {
			break
		}
	}
	return false
}
