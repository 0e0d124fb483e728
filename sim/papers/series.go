package papers

import (
	"math"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// row returns the metrics after a cycle.
func row(r scenario.Result, cycle int) scenario.Metrics {
	for _, row := range r.Series {
		if row.Cycle == cycle {
			return row.Metrics
		}
	}
	return nil
}

// final returns a function that reads a metric at the end.
func final(name string) func(scenario.Result) float64 {
	return func(r scenario.Result) float64 { return r.Metrics.Get(name) }
}

// tail returns the mean of a metric over the last n rows.
func tail(r scenario.Result, name string, n int) float64 {
	n = min(n, len(r.Series))
	sum := 0.0
	for _, row := range r.Series[len(r.Series)-n:] {
		sum += row.Metrics.Get(name)
	}
	return sum / float64(n)
}

// firstCycle returns the first cycle, not before from, such that a condition holds in
// its row and in all later ones. It returns NaN if it does not hold in the last row.
func firstCycle(r scenario.Result, from int, holds func(scenario.Metrics) bool) float64 {
	first := math.NaN()
	for _, row := range r.Series {
		switch {
		case row.Cycle < from:
		case !holds(row.Metrics):
			first = math.NaN()
		case math.IsNaN(first):
			first = float64(row.Cycle)
		}
	}
	return first
}

func zeroIfNaN(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}
