package papers

import (
	"fmt"
	"math"
	"slices"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// Claim is a sentence of a paper with the way to check it.
type Claim struct {
	// Name is PROTOCOL/WORD and unique.
	Name string
	// Paper is a key of Papers. Section is where in the paper the claim is. "As
	// remembered" means that the text of the paper was not at hand.
	Paper, Section string
	// Says is the claim of the paper, in our words.
	Says string
	// Measured describes the number.
	Measured string
	// Of is the experiment that gives the number, with its Sets.
	Of Experiment
	// Read returns the number, or NaN if there is none.
	Read func(scenario.Result) float64
	// Bounds returns the bounds for the mean of the number over the seeds, in an
	// overlay of so many peers. Both are included.
	Bounds func(peers float64) (low, high float64)
	// Miss is the likely cause of a mean out of bounds. It is empty if the mean is
	// within them.
	Miss string
}

// Experiment is a scenario of experiments/ with some settings changed.
type Experiment struct {
	Name string // without .yaml
	Sets string // separated by spaces
}

// Papers maps keys to papers.
var Papers = map[string]string{
	"spray":     "B. Nédelec, J. Tanke, D. Frey, P. Molli, A. Mostéfaoui: An adaptive peer-sampling protocol for building networks of browsers. World Wide Web 21(3), 2018. doi:10.1007/s11280-017-0478-5",
	"cyclon":    "S. Voulgaris, D. Gavidia, M. van Steen: CYCLON: Inexpensive Membership Management for Unstructured P2P Overlays. J. of Network and Systems Management 13(2), 2005.",
	"hyparview": "J. Leitão, J. Pereira, L. Rodrigues: HyParView: a membership protocol for reliable gossip-based broadcast. DSN 2007, pp. 419–428.",
	"plumtree":  "J. Leitão, J. Pereira, L. Rodrigues: Epidemic broadcast trees. SRDS 2007, pp. 301–310.",
	"tman":      "M. Jelasity, A. Montresor, O. Babaoglu: T-Man: Gossip-based fast overlay topology construction. Computer Networks 53(13), 2009. doi:10.1016/j.comnet.2009.03.013",
}

// Claims returns all claims, protocol by protocol.
func Claims() []Claim {
	return slices.Concat(
		sprayClaims(),
		cyclonClaims(),
		hyparviewClaims(),
		plumtreeClaims(),
		tmanClaims(),
	)
}

// Outcome is the result of a claim.
type Outcome struct {
	Claim
	Peers  int
	Detail string // the level of detail
	// Values are the numbers, one for each seed.
	Values []float64
}

// Mean returns the mean of the values.
func (o Outcome) Mean() float64 {
	sum := 0.0
	for _, v := range o.Values {
		sum += v
	}
	return sum / float64(len(o.Values))
}

// Holds reports whether the mean is within the bounds.
func (o Outcome) Holds() bool {
	low, high := o.Bounds(float64(o.Peers))
	mean := o.Mean()
	return mean >= low && mean <= high // false for NaN
}

// String returns the outcome in one line.
func (o Outcome) String() string {
	low, high := o.Bounds(float64(o.Peers))
	return fmt.Sprintf("%s at %d peers: %s is %s, expected %s", o.Name, o.Peers, o.Measured, spread(o.Values), between(low, high))
}

// spread returns the mean of values as text, with the least and the greatest if
// there are several.
func spread(values []float64) string {
	o := Outcome{Values: values}
	if len(values) == 1 {
		return short(values[0])
	}
	if never := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !math.IsNaN(v) }); len(never) > 0 {
		return fmt.Sprintf("never in %d of %d runs", len(never), len(values))
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	return fmt.Sprintf("%s (%s to %s)", short(o.Mean()), short(low), short(high))
}

func between(low, high float64) string {
	switch {
	case math.IsInf(high, 1):
		return "at least " + short(low)
	case math.IsInf(low, -1):
		return "at most " + short(high)
	default:
		return short(low) + " to " + short(high)
	}
}

func short(x float64) string {
	if math.IsNaN(x) {
		return "never"
	}
	if x == math.Trunc(x) && math.Abs(x) < 1e6 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

// The functions below make bounds.

func atLeast(x float64) func(float64) (float64, float64) {
	return func(float64) (float64, float64) { return x, math.Inf(1) }
}

func atMost(x float64) func(float64) (float64, float64) {
	return func(float64) (float64, float64) { return math.Inf(-1), x }
}

func inRange(low, high float64) func(float64) (float64, float64) {
	return func(float64) (float64, float64) { return low, high }
}
