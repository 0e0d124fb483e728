package sweep

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// Difference is a metric of a group in which two sweeps differ beyond their spread.
type Difference struct {
	Group, Metric string
	A, B          Sample
}

// Alone is what only one of two sweeps has.
type Alone struct {
	Group  string
	Metric string // empty: the whole group
	InA    bool
}

// Comparison says in what two sweeps differ.
type Comparison struct {
	Differences []Difference
	Compared    int // metrics that both have
	Alone       []Alone
}

// alpha is the probability that Compare finds a difference between two sweeps that differ in
// nothing but their seeds.
const alpha = 0.05

// Compare says in which metrics at their ends two sweeps differ beyond their spread. It
// compares groups with the same values of all settings that vary in one of the sweeps; in the
// other sweep such a setting can have one value, or that of the scenario. Means are compared by
// Welch's t, all together by Holm's method: between equal sweeps it finds anything at all with a
// probability of 5 %. A single value is compared with the spread of another value of the other
// side, two single values as they are.
func Compare(a, b []Group) Comparison {
	var c Comparison
	pairs := c.pairs(a, b)
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
			c.Differences = append(c.Differences, p)
		}
	}
	c.Compared = len(pairs)
	return c
}

// pairs lists the metrics that both sweeps have, and notes what one of them has alone.
func (c *Comparison) pairs(a, b []Group) []Difference {
	var varying []string
	for _, g := range slices.Concat(a, b) {
		varying = append(varying, g.varying...)
	}
	slices.Sort(varying)
	varying = slices.Compact(varying)
	var pairs []Difference
	paired := make([]bool, len(b))
	for _, ga := range a {
		settings := ga.settings(varying)
		i := slices.IndexFunc(b, func(gb Group) bool { return slices.Equal(gb.settings(varying), settings) })
		if i < 0 {
			c.Alone = append(c.Alone, Alone{Group: ga.Label, InA: true})
			continue
		}
		gb, label := b[i], ga.Label
		paired[i] = true
		if len(gb.varying) > len(ga.varying) {
			label = gb.Label
		}
		for _, name := range Metrics(slices.Concat(ga.Runs, gb.Runs)) {
			d := Difference{label, name, ga.End(name), gb.End(name)}
			if len(d.A) == 0 || len(d.B) == 0 {
				c.Alone = append(c.Alone, Alone{label, name, len(d.A) > 0})
			} else {
				pairs = append(pairs, d)
			}
		}
	}
	for i, gb := range b {
		if !paired[i] {
			c.Alone = append(c.Alone, Alone{Group: gb.Label})
		}
	}
	return pairs
}

// settings returns the values of some settings in the runs of a group; empty: they have no such
// setting.
func (g Group) settings(keys []string) []string {
	values := make([]string, len(keys))
	for i, key := range keys {
		value, known := setting(g.Runs[0].Result, key)
		if !known {
			value = g.axes[key]
		}
		values[i] = value
	}
	return values
}

// setting reads the value of a setting from a result.
func setting(r scenario.Result, key string) (value string, known bool) {
	kind, option, ofProtocol := strings.Cut(key, ".")
	kinds := make([]string, len(r.Protocols))
	for i, p := range r.Protocols {
		kinds[i] = p.Kind
		if v, ok := p.Options[option]; ok && ofProtocol && p.Kind == kind {
			return fmt.Sprint(v), true
		}
	}
	switch {
	case key == "peers" && r.Peers > 0:
		return strconv.Itoa(r.Peers), true
	case key == "cycles" && r.Cycles > 0:
		return strconv.Itoa(r.Cycles), true
	case key == "detail":
		return r.Detail, true
	case key == "protocol" || key == "broadcaster":
		return strings.Join(kinds, " "), len(kinds) > 0
	case key == "cycle":
		return r.Settings.Cycle, r.Settings.Cycle != ""
	case key == "every":
		return strconv.Itoa(r.Settings.Every), r.Settings.Every > 0
	}
	if v, ok := r.Settings.Parameters[key]; ok {
		return v, true
	}
	for _, all := range []map[string]any{r.Network, r.Settings.Peer} {
		if v, ok := all[key]; ok {
			return fmt.Sprint(v), true
		}
	}
	return "", false
}

// chance is the probability that two samples of one distribution are at least so far apart.
func chance(a, b Sample) float64 {
	off := math.Abs(a.Mean() - b.Mean())
	width, freedom := welch(a, b)
	if width == 0 {
		return sure(off > 1e-9*math.Max(math.Abs(a.Mean()), math.Abs(b.Mean())))
	}
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(off/width)
}

// Spread is half of the 95 % interval of the difference between the means of two samples: those
// of one distribution are further apart once in twenty times. NaN for two single values.
func Spread(a, b Sample) float64 {
	width, freedom := welch(a, b)
	switch {
	case len(a) < 2 && len(b) < 2:
		return math.NaN()
	case width == 0:
		return 0
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(1-alpha/2) * width
}

// welch is the standard error of the difference between the means of two samples, 0 for single
// values, and its degrees of freedom.
func welch(a, b Sample) (width, freedom float64) {
	va, na := variance(a)
	vb, nb := variance(b)
	switch {
	case na == 1 && nb == 1:
		return 0, 0
	case na == 1:
		return math.Sqrt(vb * (1 + 1/nb)), nb - 1
	case nb == 1:
		return math.Sqrt(va * (1 + 1/na)), na - 1
	default:
		ea, eb := va/na, vb/nb
		return math.Sqrt(ea + eb), (ea + eb) * (ea + eb) / (ea*ea/(na-1) + eb*eb/(nb-1))
	}
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
