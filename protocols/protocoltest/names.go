package protocoltest

import (
	"fmt"
	"strings"

	"github.com/n2n-overlay/n2n/messages"
)

// Peer returns a PeerID made from a name of 1 to 20 bytes. PeerIDs sort like their
// names.
func Peer(name string) messages.PeerID {
	var id messages.PeerID
	if name == "" || len(name) > len(id) {
		panic(fmt.Sprintf("protocoltest: a peer's name has 1 to %d bytes: %q", len(id), name))
	}
	copy(id[:], name)
	return id
}

// Name returns the name that a PeerID was made from. For other PeerIDs it returns
// the first characters.
func Name(peer messages.PeerID) string {
	name := strings.TrimRight(string(peer[:]), "\x00")
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return peer.Short()
		}
	}
	if name == "" {
		return "nobody"
	}
	return name
}
