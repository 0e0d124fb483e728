package sweep

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// maxRuns bounds the runs of a sweep.
const maxRuns = 100_000

// Plan says which runs a sweep has.
type Plan struct {
	// Scenario is the name of the scenario, File where it was read, and SHA256 the hash of
	// its text.
	Scenario string `json:"scenario"`
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	// Version names the program.
	Version string `json:"version"`
	// Axes are the settings, in the order in which they were given.
	Axes  []Axis   `json:"axes"`
	Seeds []uint64 `json:"seeds"`
	Runs  []Run    `json:"runs"`
}

// Axis is a setting with the values that it takes.
type Axis struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// Run is one run of a sweep.
type Run struct {
	// Number is from 1 on.
	Number int `json:"run"`
	// Values are those of the axes; empty: the scenario has no such setting with the others.
	Values []string `json:"values"`
	Seed   uint64   `json:"seed"`

	scenario *scenario.Scenario
}

// Scenario is what the run runs. Only runs of New have one.
func (r Run) Scenario() *scenario.Scenario { return r.scenario }

// ParseAxes reads settings of the form KEY=VALUE,VALUE. A key that is given twice is an
// error.
func ParseAxes(given []string) ([]Axis, error) {
	axes := []Axis{}
	for _, text := range given {
		key, values, ok := strings.Cut(text, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" {
			return nil, fmt.Errorf("--set %s: expected KEY=VALUE,VALUE", text)
		}
		a := Axis{Key: key}
		for value := range strings.SplitSeq(values, ",") {
			value = strings.TrimSpace(value)
			switch {
			case value == "":
				return nil, fmt.Errorf("--set %s: expected KEY=VALUE,VALUE", text)
			case slices.Contains(a.Values, value):
				return nil, fmt.Errorf("--set %s: the value %s is there twice", text, value)
			}
			a.Values = append(a.Values, value)
		}
		if slices.ContainsFunc(axes, func(other Axis) bool { return other.Key == key }) {
			return nil, fmt.Errorf("--set %s: %s is set twice, give all its values at once: KEY=VALUE,VALUE", text, key)
		}
		axes = append(axes, a)
	}
	return axes, nil
}

// ParseSeeds reads seeds such as 7, 1..10 or 1..3,9.
func ParseSeeds(text string) ([]uint64, error) {
	var seeds []uint64
	seen := map[uint64]bool{}
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "..")
		if !isRange {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 64)
		to, err2 := strconv.ParseUint(last, 10, 64)
		if err != nil || err2 != nil || from > to {
			return nil, fmt.Errorf("--seeds %s: expected seeds such as 7, 1..10 or 1..3,9", text)
		}
		if to-from >= maxRuns {
			return nil, fmt.Errorf("--seeds %s: expected at most %d seeds", text, maxRuns)
		}
		for seed := from; ; seed++ {
			if seen[seed] {
				return nil, fmt.Errorf("--seeds %s: the seed %d is there twice", text, seed)
			}
			seen[seed] = true
			if seeds = append(seeds, seed); seed == to {
				break
			}
		}
	}
	return seeds, nil
}

// New makes the plan of all combinations of the axes, each with all seeds, and loads the
// scenario of each run. options say which scenario; their Sets are not used. A setting that a
// combination's scenario does not have is left out of it, as spray.a beside protocol=cyclon; one that
// none has is an error.
func New(options scenario.Options, axes []Axis, seeds []uint64, version string) (*Plan, error) {
	p := &Plan{Version: version, Axes: axes, Seeds: seeds}
	count := len(seeds)
	for _, a := range axes {
		if count *= len(a.Values); count > maxRuns {
			return nil, fmt.Errorf("the sweep has more than %d runs", maxRuns)
		}
	}
	l := loader{options, axes, make([]bool, len(axes)), make([]error, len(axes))}
	seen := map[string]bool{}
	for values := range combinations(axes) {
		values, err := l.reduce(values)
		if err != nil {
			return nil, err
		}
		key := strings.Join(values, "\x00")
		if seen[key] {
			continue
		}
		seen[key] = true
		for _, seed := range seeds {
			s, err := l.load(values, &seed)
			if err != nil {
				return nil, err
			}
			p.Scenario, p.File, p.SHA256 = s.Name, s.Source, s.Hash()
			p.Runs = append(p.Runs, Run{Number: len(p.Runs) + 1, Values: values, Seed: seed, scenario: s})
		}
	}
	if i := slices.Index(l.taken, false); i >= 0 {
		return nil, l.refused[i]
	}
	return p, nil
}

// combinations yields the values of each combination of axes; the last axis varies fastest.
func combinations(axes []Axis) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		at := make([]int, len(axes))
		for {
			values := make([]string, len(axes))
			for i, a := range axes {
				values[i] = a.Values[at[i]]
			}
			if !yield(values) {
				return
			}
			i := len(axes) - 1
			for ; i >= 0; i-- {
				if at[i]++; at[i] < len(axes[i].Values) {
					break
				}
				at[i] = 0
			}
			if i < 0 {
				return
			}
		}
	}
}

// loader loads the scenarios of combinations.
type loader struct {
	options scenario.Options
	axes    []Axis
	taken   []bool  // by axis: a combination has the setting
	refused []error // by axis: what the first combination said that has it not
}

// reduce returns the values of a combination, without those of settings that its scenario
// does not have.
func (l *loader) reduce(values []string) ([]string, error) {
	values = slices.Clone(values)
	for {
		_, err := l.load(values, nil)
		var m *scenario.Mistake
		switch {
		case errors.As(err, &m) && m.Unknown != "":
			i := slices.IndexFunc(l.axes, func(a Axis) bool { return a.Key == m.Unknown })
			values[i] = ""
			if l.refused[i] == nil {
				l.refused[i] = err
			}
		case err != nil:
			return nil, err
		default:
			for i := range l.axes {
				l.taken[i] = l.taken[i] || values[i] != ""
			}
			return values, nil
		}
	}
}

// load loads the scenario of a combination with a seed; nil: its own.
func (l *loader) load(values []string, seed *uint64) (*scenario.Scenario, error) {
	o := l.options
	o.Sets, o.Seed = nil, seed
	for i, a := range l.axes {
		var err error
		switch {
		case values[i] == "":
		case a.Key == "peers":
			err = whole(a.Key, values[i], &o.Peers)
		case a.Key == "cycles":
			err = whole(a.Key, values[i], &o.Cycles)
		case a.Key == "detail":
			o.Detail = values[i]
		default:
			o.Sets = append(o.Sets, a.Key+"="+values[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return scenario.Load(o)
}

func whole(key, text string, into *int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fmt.Errorf("--set %s=%s: expected a whole number of at least 1", key, text)
	}
	*into = n
	return nil
}

// Varying are the indices of the axes that have several values.
func (p *Plan) Varying() []int {
	var all []int
	for i, a := range p.Axes {
		if len(a.Values) > 1 {
			all = append(all, i)
		}
	}
	return all
}

// Text has all settings of a run, and its seed.
func (p *Plan) Text(r Run) string {
	var parts []string
	for i, a := range p.Axes {
		if r.Values[i] != "" {
			parts = append(parts, a.Key+"="+r.Values[i])
		}
	}
	return strings.Join(append(parts, "seed="+strconv.FormatUint(r.Seed, 10)), " ")
}

// Validate checks a plan that was read.
func (p *Plan) Validate() error {
	switch {
	case p.Scenario == "":
		return errors.New("it names no scenario")
	case len(p.Seeds) == 0 || len(p.Runs) == 0:
		return errors.New("it has no runs")
	}
	for i, r := range p.Runs {
		if r.Number != i+1 || len(r.Values) != len(p.Axes) {
			return fmt.Errorf("run %d of it has the number %d and %d values for %d settings", i+1, r.Number, len(r.Values), len(p.Axes))
		}
	}
	return nil
}
