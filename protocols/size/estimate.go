package size

import (
	"math"
	"slices"
)

const (
	// minSpread is how far from the median a view may be and count in full. The
	// deviation of Spray's views is less than one.
	minSpread = 2
	// rounding is the standard deviation that whole numbers add.
	rounding = 0.29
	// maxPeers is the largest estimate.
	maxPeers = 1e12
)

// Estimate is the estimated number of peers in the network.
type Estimate struct {
	// N is the estimate, at least 1 and at most 10^12.
	N float64
	// Low and High are the estimates for a mean view two standard errors smaller
	// and larger. They tell how far N may be from the estimate of all views
	// together. They do not tell how far those views are from A·ln N + B.
	Low, High float64
	// Samples is how many views the estimate uses.
	Samples int
}

// estimate returns the estimate of some views: exp((mean − b)/a). It limits the
// distance of each view from the median.
func estimate(views []int, a, b float64) Estimate {
	n := float64(len(views))
	if n == 0 {
		return Estimate{N: 1, Low: 1, High: 1}
	}
	samples := make([]float64, len(views))
	for i, v := range views {
		samples[i] = float64(v)
	}
	middle, spread := center(samples)
	mean, squares := 0.0, 0.0
	for i, v := range samples {
		samples[i] = min(max(v, middle-spread), middle+spread)
		mean += samples[i] / n
	}
	for _, v := range samples {
		squares += (v - mean) * (v - mean)
	}
	deviation := 1.0 // one view alone tells no deviation; the views of all peers have about this one
	if n > 1 {
		deviation = max(math.Sqrt(squares/(n-1)), rounding)
	}
	margin := 2 * deviation / math.Sqrt(n)
	peers := func(view float64) float64 { return min(max(1, math.Exp((view-b)/a)), maxPeers) }
	return Estimate{N: peers(mean), Low: peers(mean - margin), High: peers(mean + margin), Samples: len(views)}
}

// center returns the median, and how far from it a view may be and count in full:
// minSpread, or twice the median distance if that is more.
func center(samples []float64) (middle, spread float64) {
	middle = median(samples)
	distances := make([]float64, len(samples))
	for i, v := range samples {
		distances[i] = math.Abs(v - middle)
	}
	return middle, max(minSpread, 2*median(distances))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
