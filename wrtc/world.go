package wrtc

import (
	"crypto/ed25519"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"

	"github.com/n2n-overlay/n2n/actors"
)

// NewWorld returns the world of one peer over real WebRTC and in real time. Only
// Rendezvous is left to the caller. Its Transport is a *Transport. Nothing runs
// before the first connection.
func NewWorld(cfg Config) (actors.World, error) {
	if err := cfg.Validate(); err != nil {
		return actors.World{}, err
	}
	if cfg.Key == nil {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return actors.World{}, fmt.Errorf("wrtc: key: %w", err)
		}
		cfg.Key = key
	}
	queue := NewQueue()
	transport, err := NewTransport(cfg, queue)
	if err != nil {
		return actors.World{}, err
	}
	return actors.World{
		Identity:   actors.NewIdentity(cfg.Key),
		Transport:  transport,
		Clock:      Clock{},
		Rand:       newRand,
		Dispatcher: queue,
		Mailbox:    queue.Mailbox,
	}, nil
}

// newRand returns a separate stream for each purpose.
func newRand(string) *rand.Rand {
	var seed [32]byte
	_, _ = crand.Read(seed[:]) // never fails
	return rand.New(rand.NewChaCha8(seed))
}
