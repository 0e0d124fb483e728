package actors

import (
	"bytes"
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// wireVersion is the version of the wire format that this code speaks.
const wireVersion = 1

// handshake is one side of Hello and Proof on one connection. Each side sends Hello
// when channel 0 opens, and Proof after the other's Hello. The connection lives for
// a side that has verified the other's Proof. A Proof covers the DTLS fingerprints
// that its sender sees; with an attacker in the middle, the two ends see different
// ones.
type handshake struct {
	identity     Identity
	remote       messages.PeerID
	network      string
	local, other []byte // fingerprints
	nonce        []byte
	hello        *messages.Hello // the other side's, once it came
}

// greet takes the other side's Hello and returns our Proof.
func (h *handshake) greet(hello *messages.Hello) (*messages.Proof, error) {
	switch {
	case h.hello != nil:
		return nil, fmt.Errorf("a second Hello")
	case hello.GetVersion() != wireVersion:
		return nil, fmt.Errorf("wire version %d, this peer speaks %d", hello.GetVersion(), wireVersion)
	case hello.GetNetwork() != h.network:
		return nil, fmt.Errorf("network %q, this peer is of %q", hello.GetNetwork(), h.network)
	case messages.PeerIDOf(hello.GetPublicKey()) != h.remote:
		return nil, fmt.Errorf("the key is that of %s, expected %s", messages.PeerIDOf(hello.GetPublicKey()), h.remote)
	case bytes.Equal(hello.GetNonce(), h.nonce):
		return nil, fmt.Errorf("the nonce is our own")
	}
	h.hello = hello
	return &messages.Proof{Signature: h.identity.Sign(messages.ProofText(messages.HelloSigner{
		Signer: h.identity.ID(), Verifier: h.remote,
		SignerFingerprint: h.local, VerifierFingerprint: h.other,
		SignerNonce: h.nonce, VerifierNonce: hello.GetNonce(),
	}))}, nil
}

// verify takes the other side's Proof.
func (h *handshake) verify(proof *messages.Proof) error {
	if h.hello == nil {
		return fmt.Errorf("a Proof before Hello")
	}
	text := messages.ProofText(messages.HelloSigner{
		Signer: h.remote, Verifier: h.identity.ID(),
		SignerFingerprint: h.other, VerifierFingerprint: h.local,
		SignerNonce: h.hello.GetNonce(), VerifierNonce: h.nonce,
	})
	if !h.identity.Verify(h.hello.GetPublicKey(), text, proof.GetSignature()) {
		return fmt.Errorf("the Proof does not fit this connection: wrong key, or somebody in the middle")
	}
	return nil
}
