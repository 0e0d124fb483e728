package messages

import "encoding/binary"

// HelloSigner holds the data that a Proof signs, from the signer's point of view.
type HelloSigner struct {
	Signer, Verifier                       PeerID
	SignerFingerprint, VerifierFingerprint []byte // SHA-256 of the DTLS certificates
	SignerNonce, VerifierNonce             []byte // of the Hellos
}

// ProofText returns the text that the signature in Proof is made over. The length
// precedes each part, so that different inputs never give the same text.
func ProofText(s HelloSigner) []byte {
	return text("n2n-hello-1", s.Signer[:], s.Verifier[:], s.SignerFingerprint, s.VerifierFingerprint, s.SignerNonce, s.VerifierNonce)
}

// EnterText returns the text that the signature in Enter is made over.
func EnterText(room string, nonce []byte) []byte {
	return text("n2n-enter-1", []byte(room), nonce)
}

func text(domain string, parts ...[]byte) []byte {
	b := append(make([]byte, 0, 256), domain...)
	for _, part := range parts {
		b = binary.BigEndian.AppendUint16(b, uint16(len(part)))
		b = append(b, part...)
	}
	return b
}
