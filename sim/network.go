package sim

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/faults"
)

// minLatency is the least time of a message between two peers. Within it peers
// cannot influence each other, so they can run apart.
const minLatency = time.Microsecond

// Network is how messages travel between the peers of a world. The zero value
// is a perfect network in which a message takes a microsecond.
type Network struct {
	// Latency is how long a message travels one way, at least 1 µs.
	Latency Latency
	// Loss is the probability that a packet is lost, 0 to below 1. A message of the
	// lossy class is then gone; one of the others is late by Retransmit for each
	// loss.
	Loss float64
	// Retransmit is how long it takes to send again. 0: 200 ms.
	Retransmit time.Duration
	// Bandwidth is what a peer can send, in bytes a second. 0: without limit.
	Bandwidth float64
	// SetupRoundTrips is how many round trips a connection takes to open once the
	// answer is there (ICE, DTLS, SCTP). 0: 4.
	SetupRoundTrips int
	// SetupFailure is the probability that a signal is lost at a hop of its way,
	// 0 to 1.
	SetupFailure float64
	// Unreachable is the fraction of peers, 0 to 1, that cannot connect directly to
	// each other, but to the other peers.
	Unreachable float64
	// Detection is how long a peer takes to notice that another is silent or behind
	// a partition. 0: 15 s.
	Detection time.Duration
}

// Latency is a distribution of travel times.
type Latency struct {
	// Kind is constant (default), uniform or lognormal.
	Kind string
	// Mean is the constant, or the median of lognormal.
	Mean time.Duration
	// Min and Max bound uniform.
	Min, Max time.Duration
	// Sigma is the standard deviation of the logarithm, for lognormal. At least 0.
	Sigma float64
	// Least is what lognormal takes at least, below Mean. 0: a tenth of Mean.
	Least time.Duration
}

// Floor is the least time that a message travels: within it, no peer can hear of
// another.
func (l Latency) Floor() time.Duration {
	floor := l.Mean
	switch l.Kind {
	case "uniform":
		floor = l.Min
	case "lognormal":
		floor = orDefault(l.Least, l.Mean/10)
	}
	return max(minLatency, floor)
}

// Validate says which rule the network breaks, if any.
func (n Network) Validate() error {
	for _, p := range []struct {
		name  string
		value float64
	}{{"Loss", n.Loss}, {"SetupFailure", n.SetupFailure}, {"Unreachable", n.Unreachable}} {
		if !(p.value >= 0 && p.value <= 1) {
			return fmt.Errorf("network: %s is %v, must be 0 to 1", p.name, p.value)
		}
	}
	if n.Loss == 1 {
		return fmt.Errorf("network: Loss is 1, must be below: nothing would ever arrive")
	}
	if n.Retransmit < 0 || n.Detection < 0 || n.SetupRoundTrips < 0 || n.SetupRoundTrips > 100 {
		return fmt.Errorf("network: Retransmit and Detection must not be negative, SetupRoundTrips 0 to 100")
	}
	if !(n.Bandwidth >= 0) || math.IsInf(n.Bandwidth, 0) {
		return fmt.Errorf("network: Bandwidth is %v, must be at least 0 bytes a second", n.Bandwidth)
	}
	return n.Latency.validate()
}

func (l Latency) validate() error {
	switch l.Kind {
	case "", "constant":
		if l.Mean < 0 {
			return fmt.Errorf("network: Latency.Mean is %v, must not be negative", l.Mean)
		}
	case "uniform":
		if l.Min < 0 || l.Max < l.Min {
			return fmt.Errorf("network: Latency.Min %v and Max %v must not be negative, nor Max the smaller", l.Min, l.Max)
		}
	case "lognormal":
		if l.Mean <= 0 || !(l.Sigma >= 0) || l.Sigma > 10 {
			return fmt.Errorf("network: lognormal Latency needs a positive Mean (%v) and a Sigma of 0 to 10 (%v)", l.Mean, l.Sigma)
		}
		if l.Least < 0 || l.Least >= l.Mean {
			return fmt.Errorf("network: Latency.Least is %v, must not be negative, and below Mean, %v", l.Least, l.Mean)
		}
	default:
		return fmt.Errorf("network: Latency.Kind %q is none of constant, uniform, lognormal", l.Kind)
	}
	return nil
}

// maxLatency bounds what a distribution without bound can draw.
const maxLatency = time.Minute

// Draw draws a travel time from the sender's stream.
func (l Latency) Draw(r *rand.Rand) time.Duration {
	d := l.Mean
	switch l.Kind {
	case "uniform":
		d = l.Min
		if l.Max > l.Min {
			d += time.Duration(r.Int64N(int64(l.Max-l.Min) + 1))
		}
	case "lognormal":
		d = time.Duration(min(float64(maxLatency), float64(l.Mean)*math.Exp(l.Sigma*r.NormFloat64())))
	}
	return max(l.Floor(), d)
}

// LossModel is what the network loses.
func (n Network) LossModel() faults.Loss {
	return faults.Loss{Fraction: n.Loss, Retransmit: n.Retransmit}
}

// DetectionTime is how long a peer notices nothing of another that fell silent.
func (n Network) DetectionTime() time.Duration { return orDefault(n.Detection, faults.Detection) }

// RoundTrips is how many a connection takes to open once the answer is there.
func (n Network) RoundTrips() int {
	if n.SetupRoundTrips == 0 {
		return 4
	}
	return n.SetupRoundTrips
}

// IsUnreachable reports whether a peer is one of the fraction that is.
func (n Network) IsUnreachable(id messages.PeerID) bool {
	return n.Unreachable > 0 && float64(binary.BigEndian.Uint64(id[:8])>>11)/(1<<53) < n.Unreachable
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
