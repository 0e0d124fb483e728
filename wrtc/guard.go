//go:build !js

package wrtc

import "encoding/binary"

const (
	stunHeader          = 20
	stunCookie   uint32 = 0x2112A442
	stunXORPeer  uint16 = 0x0012
	stunData     uint16 = 0x0013
	stunXORRelay uint16 = 0x0016
	stunXORMap   uint16 = 0x0020
)

// unwanted reports whether a packet must not reach pion:
//
//   - a STUN message with an XOR address attribute of an invalid length.
//     pion/stun v0.6.1 reads past the end of short ones
//     (XORMappedAddress.GetFromAs). It panics on a goroutine of its own, which ends
//     the process;
//   - RTP and RTCP (first byte 128 to 191, RFC 7983). A connection of data channels
//     does not use them, and pion keeps a buffer for each stream that a remote
//     starts, without a bound;
//   - either of them inside the data that a TURN server relays.
func unwanted(packet []byte) bool {
	switch {
	case len(packet) >= stunHeader && binary.BigEndian.Uint32(packet[4:]) == stunCookie:
		return unwantedSTUN(packet[stunHeader:])
	case len(packet) == 0:
		return false
	case packet[0]>>6 == 1 && len(packet) > 4: // TURN channel data: channel, length
		return unwanted(packet[4:])
	default:
		return packet[0]>>6 == 2
	}
}

func unwantedSTUN(attributes []byte) bool {
	for b := attributes; len(b) >= 4; {
		kind, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		b = b[4:]
		switch kind {
		case stunXORPeer, stunXORRelay, stunXORMap:
			if length != 8 && length != 20 { // family and port, and an IPv4 or IPv6 address
				return true
			}
		case stunData:
			if unwanted(b[:min(length, len(b))]) {
				return true
			}
		}
		b = b[min((length+3)&^3, len(b)):]
	}
	return false
}
