package messages

import "errors"

// ErrMalformed is wrapped by every error of DecodeFrame, DecodePacket and
// DecodeRendezvous: no correct peer sends these bytes.
var ErrMalformed = errors.New("malformed")

// The caps of the wire format, in bytes if nothing else is said. Past a cap, the
// receiver reports ErrMalformed.
const (
	MaxFrame       = 16 << 10 // a Frame or a Rendezvous, encoded
	MaxPackets     = 1024     // packets in a Frame
	MaxMessage     = 1 << 20  // the whole payload of an envelope
	MaxProtocol    = 65535    // the largest number of a protocol
	MaxName        = 32       // the name of a protocol
	MaxNetwork     = 64       // the name of a network
	MaxProtocols   = 64       // entries in Hello and Protocols
	MaxArcs        = 65535    // arcs of one protocol to one peer
	MaxSDP         = 8192     // a session description
	MaxRoute       = 8        // peers between the ends of a signal
	MaxChunks      = 256      // parts of a chunked packet
	MaxRoom        = 64       // the name of a room
	MaxContacts    = 64       // peers in a ContactList
	MaxFaultText   = 256      // the text of a Fault
	KeySize        = 32       // a public key
	NonceSize      = 32       // a nonce
	SignatureSize  = 64       // a signature
	maxPacketExtra = 16       // the most that a packet adds to the payload of an envelope
)

// ValidName reports whether name can be the name of a protocol: 1 to 32 characters
// of [a-z0-9.-].
func ValidName(name string) bool {
	if len(name) == 0 || len(name) > MaxName {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}
