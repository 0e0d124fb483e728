package messages

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
)

// PeerIDSize is the length of a PeerID in bytes.
const PeerIDSize = 20

// PeerID identifies a peer: the first 20 bytes of SHA-256 of its Ed25519 public
// key. The zero value is no peer. PeerIDs are ordered by their bytes (Compare).
type PeerID [PeerIDSize]byte

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// PeerIDOf returns the PeerID of the holder of a public key.
func PeerIDOf(key ed25519.PublicKey) PeerID {
	sum := sha256.Sum256(key)
	return PeerID(sum[:PeerIDSize])
}

// ParsePeerID reads the text form of a PeerID: 32 lower-case base32 characters.
func ParsePeerID(text string) (PeerID, error) {
	var id PeerID
	if len(text) != base32Lower.EncodedLen(PeerIDSize) {
		return PeerID{}, fmt.Errorf("peer id %.40q: has %d characters, want %d", text, len(text), base32Lower.EncodedLen(PeerIDSize))
	}
	if _, err := base32Lower.Decode(id[:], []byte(text)); err != nil {
		return PeerID{}, fmt.Errorf("peer id %q: not lower-case base32: %w", text, err)
	}
	return id, nil
}

// PeerIDFromBytes reads the wire form of a PeerID: exactly 20 bytes, not all zero.
func PeerIDFromBytes(b []byte) (PeerID, error) {
	if len(b) != PeerIDSize {
		return PeerID{}, fmt.Errorf("peer id: has %d bytes, want %d", len(b), PeerIDSize)
	}
	id := PeerID(b)
	if id.IsZero() {
		return PeerID{}, fmt.Errorf("peer id: is all zero")
	}
	return id, nil
}

// String returns the 32 lower-case base32 characters of the PeerID.
func (id PeerID) String() string { return base32Lower.EncodeToString(id[:]) }

// Short returns the first 6 characters of String, for people.
func (id PeerID) Short() string { return id.String()[:6] }

// Bytes returns the wire form of the PeerID, a copy.
func (id PeerID) Bytes() []byte { return bytes.Clone(id[:]) }

// IsZero reports whether the PeerID is the zero value.
func (id PeerID) IsZero() bool { return id == PeerID{} }

// Compare orders PeerIDs by their bytes: -1, 0 or 1.
func (id PeerID) Compare(other PeerID) int {
	// The first bytes nearly always differ.
	if a, b := binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint64(other[:]); a != b {
		return cmp.Compare(a, b)
	}
	return bytes.Compare(id[8:], other[8:])
}

// Less reports whether the PeerID comes before another.
func (id PeerID) Less(other PeerID) bool { return id.Compare(other) < 0 }

// MarshalText writes the text form, for JSON and flags.
func (id PeerID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text form.
func (id *PeerID) UnmarshalText(text []byte) error {
	parsed, err := ParsePeerID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
