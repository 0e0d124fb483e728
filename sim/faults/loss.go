package faults

import (
	"math/rand/v2"
	"time"

	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// Detection is how long a peer takes by default to notice that nothing comes any
	// more, as in ICE.
	Detection = 15 * time.Second
	// retransmit is how long it takes to send again, unless a Loss says otherwise.
	retransmit = 200 * time.Millisecond
)

// Loss is what a network loses.
type Loss struct {
	// Fraction is the probability that a packet is lost, 0 to below 1.
	Fraction float64
	// Retransmit is how long it takes to send again. 0: 200 ms.
	Retransmit time.Duration
}

// Draw draws what loss does to a message. One of the lossy class is lost; one of
// the others is late by Retransmit for each loss.
func (l Loss) Draw(random *rand.Rand, class protocols.Delivery) (late time.Duration, lost bool) {
	if l.Fraction <= 0 {
		return 0, false
	}
	again := l.Retransmit
	if again == 0 {
		again = retransmit
	}
	for random.Float64() < l.Fraction {
		if class == protocols.Lossy {
			return 0, true
		}
		late += again
	}
	return late, false
}
