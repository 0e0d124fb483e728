package sweep

import (
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// Sample is the values of one metric over the seeds.
type Sample []float64

// Mean is their mean.
func (s Sample) Mean() float64 { return stat.Mean(s, nil) }

// Half is half of the 95 % confidence interval of the mean by Student's t: the interval is
// Mean ± Half. NaN for less than two values.
func (s Sample) Half() float64 {
	n := float64(len(s))
	if n < 2 {
		return math.NaN()
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * stat.StdDev(s, nil) / math.Sqrt(n)
}

// Group is the runs that differ only in their seeds.
type Group struct {
	// Label has the settings that vary, such as protocol=spray peers=1000.
	Label  string
	Values []string // of all axes
	Runs   []Done

	axes    map[string]string // Values by key
	varying []string          // keys of the axes that vary
}

// Groups puts runs together that differ only in their seeds. It orders them by the values of
// the plan's settings.
func (p *Plan) Groups(runs []Done) []Group {
	var groups []Group
	for _, r := range runs {
		i := slices.IndexFunc(groups, func(g Group) bool { return slices.Equal(g.Values, r.Values) })
		if i < 0 {
			i = len(groups)
			g := Group{Label: p.label(r.Values), Values: r.Values, axes: map[string]string{}}
			for i, a := range p.Axes {
				g.axes[a.Key] = r.Values[i]
			}
			for _, i := range p.Varying() {
				g.varying = append(g.varying, p.Axes[i].Key)
			}
			groups = append(groups, g)
		}
		groups[i].Runs = append(groups[i].Runs, r)
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return slices.Compare(p.places(a.Values), p.places(b.Values)) })
	return groups
}

// places says where the values of a combination stand among those of their axes.
func (p *Plan) places(values []string) []int {
	places := make([]int, len(p.Axes))
	for i, a := range p.Axes {
		places[i] = slices.Index(a.Values, values[i])
	}
	return places
}

func (p *Plan) label(values []string) string {
	var parts []string
	for _, i := range p.Varying() {
		if values[i] != "" {
			parts = append(parts, p.Axes[i].Key+"="+values[i])
		}
	}
	if len(parts) == 0 {
		return p.Scenario
	}
	return strings.Join(parts, " ")
}

// At are the values of a metric at the end of a cycle.
func (g Group) At(cycle int, metric string) Sample {
	var s Sample
	for _, r := range g.Runs {
		for _, row := range r.Result.Series {
			if x := row.Metrics.Get(metric); row.Cycle == cycle && !math.IsNaN(x) {
				s = append(s, x)
			}
		}
	}
	return s
}

// End are the values of a metric at the end, broadcasts over the whole run.
func (g Group) End(metric string) Sample {
	var s Sample
	for _, r := range g.Runs {
		if x := r.Result.Metrics.Get(metric); !math.IsNaN(x) {
			s = append(s, x)
		}
	}
	return s
}

// Metrics lists the metrics that any run has, in the order of the runs.
func Metrics(runs []Done) []string {
	var names []string
	for _, r := range runs {
		for i, m := range r.Result.Metrics {
			if slices.Contains(names, m.Name) {
				continue
			}
			at := 0 // behind the metric that precedes it
			if i > 0 {
				at = slices.Index(names, r.Result.Metrics[i-1].Name) + 1
			}
			names = slices.Insert(names, at, m.Name)
		}
	}
	return names
}

// summed are the columns of a summary that are there whatever varies.
var summed = []string{"metric", "runs", "mean", "low", "high"}

// SummaryCSV writes a line for each metric at the end of each group: the settings that vary,
// metric, runs, mean, low and high. low and high bound the 95 % interval of the mean, and
// are empty for one run.
func (p *Plan) SummaryCSV(w io.Writer, runs []Done) error {
	out := csv.NewWriter(w)
	varying := p.Varying()
	var head []string
	for _, i := range varying {
		head = append(head, p.column(i, summed))
	}
	if err := out.Write(append(head, summed...)); err != nil {
		return err
	}
	for _, g := range p.Groups(runs) {
		for _, name := range Metrics(g.Runs) {
			s := g.End(name)
			var line []string
			for _, i := range varying {
				line = append(line, g.Values[i])
			}
			line = append(line, name, strconv.Itoa(len(s)), number(s.Mean()), "", "")
			if half := s.Half(); !math.IsNaN(half) {
				line[len(line)-2], line[len(line)-1] = number(s.Mean()-half), number(s.Mean()+half)
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func number(x float64) string { return scenario.Metric{Value: x}.String() }

// Text is a sample for people: its mean, and half of the 95 % interval with two digits. The
// mean of one value has four.
func (s Sample) Text() string {
	if len(s) == 0 {
		return ""
	}
	mean, half := s.Mean(), s.Half()
	digits := func(x float64, n int) int { return min(6, max(0, n-1-int(math.Floor(math.Log10(x))))) }
	write := func(x float64, decimals int) string { return strconv.FormatFloat(x, 'f', decimals, 64) }
	switch {
	case half > 0:
		decimals := digits(half, 2)
		return write(mean, decimals) + " ± " + write(half, decimals)
	case half == 0:
		return number(mean) + " ± 0"
	case mean == 0:
		return "0"
	default:
		return write(mean, digits(math.Abs(mean), 4))
	}
}
