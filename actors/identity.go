package actors

import (
	"crypto/ed25519"

	"github.com/n2n-overlay/n2n/messages"
)

// Identity is the Ed25519 key of a peer.
type Identity interface {
	// ID is the PeerID of PublicKey.
	ID() messages.PeerID
	// PublicKey has 32 bytes, which the caller must not change.
	PublicKey() []byte
	// Sign returns a signature of 64 bytes.
	Sign(message []byte) []byte
	// Verify reports whether signature is that of the holder of publicKey.
	Verify(publicKey, message, signature []byte) bool
}

// KeyIdentity is an Identity with a real key.
type KeyIdentity struct {
	key    ed25519.PrivateKey
	public ed25519.PublicKey
	id     messages.PeerID
}

// NewIdentity returns the identity of the holder of key.
func NewIdentity(key ed25519.PrivateKey) *KeyIdentity {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		panic("actors: an Ed25519 key without an Ed25519 public key")
	}
	return &KeyIdentity{key: key, public: public, id: messages.PeerIDOf(public)}
}

// ID implements Identity.
func (k *KeyIdentity) ID() messages.PeerID { return k.id }

// PublicKey implements Identity.
func (k *KeyIdentity) PublicKey() []byte { return k.public }

// Sign implements Identity.
func (k *KeyIdentity) Sign(message []byte) []byte { return ed25519.Sign(k.key, message) }

// Verify implements Identity.
func (k *KeyIdentity) Verify(publicKey, message, signature []byte) bool {
	return len(publicKey) == ed25519.PublicKeySize && ed25519.Verify(publicKey, message, signature)
}
