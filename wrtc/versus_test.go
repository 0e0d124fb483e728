package wrtc_test

import (
	"slices"
	"testing"
	"time"
)

// cost is what one side took: time, and processor time of the whole process (0 if
// unknown). Other programs disturb the second less.
type cost struct{ wall, cpu time.Duration }

// costs begins to measure. The returned function ends the measurement.
func costs() func() cost {
	wall, cpu := time.Now(), processorTime()
	return func() cost { return cost{time.Since(wall), processorTime() - cpu} }
}

func (c cost) plus(d cost) cost { return cost{c.wall + d.wall, c.cpu + d.cpu} }

// versus runs both sides in turn, so that noise hits both. It reports medians over
// the rounds: the time of one operation of each side, and the ratios. bare and path
// return the cost of n operations.
func versus(b *testing.B, bare, path func(n int) cost) {
	b.Helper()
	const rounds = 16
	var bares, paths, ratios, cpus []float64
	n := 0
	b.ResetTimer()
	for round := range rounds {
		part := (b.N*(round+1))/rounds - n
		if part == 0 {
			continue
		}
		n += part
		var x, y cost
		if round%2 == 0 {
			x, y = bare(part), path(part)
		} else {
			y = path(part)
			x = bare(part)
		}
		bares = append(bares, float64(x.wall)/float64(part))
		paths = append(paths, float64(y.wall)/float64(part))
		ratios = append(ratios, float64(y.wall)/float64(x.wall))
		if x.cpu > 0 {
			cpus = append(cpus, float64(y.cpu)/float64(x.cpu))
		}
	}
	b.ReportMetric(median(bares), "bare-ns/op")
	b.ReportMetric(median(paths), "path-ns/op")
	b.ReportMetric(median(ratios), "path/bare")
	if len(cpus) > 0 {
		b.ReportMetric(median(cpus), "path/bare-cpu")
	}
	b.ReportMetric(0, "ns/op")
}

func median(all []float64) float64 {
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}
