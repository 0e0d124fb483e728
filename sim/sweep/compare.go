package sweep

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
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
// how many metrics it compared. Means are compared by Welch's t, all together by Holm's
// method: between equal sweeps it finds anything at all with a probability of 5 %. A single
// value is compared with the spread of another value of the other side, two single values as
// they are.
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
	chances := make([]float64, len(pairs))
	order := make([]int, len(pairs))
	for i, p := range pairs {
		chances[i], order[i] = chance(p.A, p.B), i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(chances[i], chances[j]) })
	differ := map[int]bool{}
	for n, i := range order {
		if chances[i] > alpha/float64(len(pairs)-n) {
			break
		}
		differ[i] = true
	}
	for i, p := range pairs {
		if differ[i] {
			differences = append(differences, p)
		}
	}
	return differences, len(pairs)
}

// chance is the probability that two samples of one distribution are at least so far apart.
func chance(a, b Sample) float64 {
	if len(a) == 0 || len(b) == 0 {
		return sure(len(a) != len(b))
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
		return sure(off > 1e-9*math.Max(math.Abs(a.Mean()), math.Abs(b.Mean())))
	}
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(off/width)
}

// sure is the chance of samples that differ without doubt, or not at all.
func sure(differ bool) float64 {
	if differ {
		return 0
	}
	return 1
}

func variance(s Sample) (v, n float64) {
	if len(s) < 2 {
		return 0, float64(len(s))
	}
	return stat.Variance(s, nil), float64(len(s))
}
