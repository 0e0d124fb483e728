package sweep

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Difference is a metric of a group in which two sweeps differ beyond their spread.
type Difference struct {
	Group, Metric string
	A, B          Sample // one of them is empty if it has no such group or metric
}

// alpha is the probability that Compare finds a difference between two sweeps that differ in
// nothing but their seeds.
const alpha = 0.05

// Compare returns in which metrics at their ends two sweeps differ beyond their spread, and
// how many metrics it compared. Two means differ if the interval of their difference does not have
// 0 in it: that of Welch's t, so wide that the comparison as a whole finds something between
// equal sweeps with a probability of 5 %. A single value is compared with the interval in which
// another value of the other side would be, two single values as they are.
func Compare(a, b []Group) (differences []Difference, compared int) {
	var pairs []Difference
	for _, ga := range a {
		gb := Group{}
		if i := slices.IndexFunc(b, func(g Group) bool { return g.Label == ga.Label }); i >= 0 {
			gb = b[i]
		}
		for _, name := range Metrics(slices.Concat(ga.Runs, gb.Runs)) {
			pairs = append(pairs, Difference{ga.Label, name, ga.End(name), gb.End(name)})
		}
	}
	for _, gb := range b {
		if !slices.ContainsFunc(a, func(g Group) bool { return g.Label == gb.Label }) {
			for _, name := range Metrics(gb.Runs) {
				pairs = append(pairs, Difference{gb.Label, name, nil, gb.End(name)})
			}
		}
	}
	for _, p := range pairs {
		if differ(p.A, p.B, alpha/float64(len(pairs))) {
			differences = append(differences, p)
		}
	}
	return differences, len(pairs)
}

// differ tells whether two samples differ beyond their spread.
func differ(a, b Sample, alpha float64) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) != len(b)
	}
	off := math.Abs(a.Mean() - b.Mean())
	va, na := variance(a)
	vb, nb := variance(b)
	var width, freedom float64
	switch {
	case na == 1 && nb == 1:
	case na == 1:
		width, freedom = math.Sqrt(vb*(1+1/nb)), nb-1
	case nb == 1:
		width, freedom = math.Sqrt(va*(1+1/na)), na-1
	default:
		ea, eb := va/na, vb/nb
		width, freedom = math.Sqrt(ea+eb), (ea+eb)*(ea+eb)/(ea*ea/(na-1)+eb*eb/(nb-1))
	}
	if width == 0 {
		return off > 1e-9*math.Max(math.Abs(a.Mean()), math.Abs(b.Mean()))
	}
	return off > width*student(freedom, alpha)
}

func variance(s Sample) (v, n float64) {
	if len(s) < 2 {
		return 0, float64(len(s))
	}
	return stat.Variance(s, nil), float64(len(s))
}
