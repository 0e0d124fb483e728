package sim

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"

	"github.com/n2n-overlay/n2n/messages"
)

// Identity is the identity of a simulated peer. Its key is a number. Signatures are
// empty, because each would be right.
type Identity struct {
	key [ed25519.PublicKeySize]byte
	id  messages.PeerID
}

// NewIdentity makes the identity with a number from a seed.
func NewIdentity(seed, number uint64) Identity {
	b := binary.BigEndian.AppendUint64([]byte("n2n-sim-1"), seed)
	key := sha256.Sum256(binary.BigEndian.AppendUint64(b, number))
	return Identity{key: key, id: messages.PeerIDOf(key[:])}
}

// ID implements actors.Identity.
func (i Identity) ID() messages.PeerID { return i.id }

// PublicKey implements actors.Identity.
func (i Identity) PublicKey() []byte { return i.key[:] }

// Sign implements actors.Identity.
func (i Identity) Sign([]byte) []byte { return noSignature[:] }

// Verify implements actors.Identity.
func (i Identity) Verify(_, _, _ []byte) bool { return true }

var noSignature [ed25519.SignatureSize]byte
