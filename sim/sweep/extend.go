package sweep

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Extend gives each run that an earlier plan has the number that it has there. The runs that
// only p has come behind them. It returns why p does not have all runs of the earlier plan,
// and then changes nothing; empty: it has. The same text of a scenario can be in another
// place.
func (p *Plan) Extend(before *Plan) (refused string) {
	if refused := p.lacks(before); refused != "" {
		return refused
	}
	runs := make([]Run, 0, len(p.Runs))
	numbers := map[string]int{}
	for i, r := range p.Runs {
		numbers[r.key()] = i
	}
	for _, old := range before.Runs {
		i, ok := numbers[old.key()]
		if !ok {
			return fmt.Sprintf("its run %d is (%s), which is none of these", old.Number, before.Text(old))
		}
		delete(numbers, old.key())
		runs = append(runs, p.Runs[i])
	}
	for _, r := range p.Runs {
		if _, added := numbers[r.key()]; added {
			runs = append(runs, r)
		}
	}
	for i := range runs {
		runs[i].Number = i + 1
	}
	p.Runs = runs
	return ""
}

// lacks says what an earlier plan has that p has not, or has in another way; empty: nothing.
func (p *Plan) lacks(before *Plan) string {
	switch {
	case before.Scenario != p.Scenario:
		return fmt.Sprintf("its scenario is %s (%s), not %s (%s)", before.Scenario, before.File, p.Scenario, p.File)
	case before.SHA256 != p.SHA256:
		return fmt.Sprintf("the scenario %s has changed since", before.File)
	case !slices.EqualFunc(before.Axes, p.Axes, func(a, b Axis) bool { return a.Key == b.Key }):
		return fmt.Sprintf("its settings are %s, not %s", axesText(before.Axes), axesText(p.Axes))
	case !slices.EqualFunc(before.Axes, p.Axes, func(a, b Axis) bool { return contains(b.Values, a.Values) }):
		return fmt.Sprintf("its settings are %s, not %s (to add values, name those too)", axesText(before.Axes), axesText(p.Axes))
	case !contains(p.Seeds, before.Seeds):
		return fmt.Sprintf("its seeds are %s, not %s (to add seeds, name those too)", seedsText(before.Seeds), seedsText(p.Seeds))
	case before.Version != p.Version:
		return fmt.Sprintf("its runs are of another version of the program, %s, and this is %s", before.Version, p.Version)
	default:
		return ""
	}
}

// contains reports whether all has every one of some values.
func contains[T comparable](all, some []T) bool {
	return !slices.ContainsFunc(some, func(one T) bool { return !slices.Contains(all, one) })
}

// key tells the runs of a sweep apart.
func (r Run) key() string {
	return strings.Join(append(slices.Clone(r.Values), strconv.FormatUint(r.Seed, 10)), "\x00")
}

func axesText(axes []Axis) string {
	if len(axes) == 0 {
		return "the scenario's"
	}
	all := make([]string, len(axes))
	for i, a := range axes {
		all[i] = a.Key + "=" + strings.Join(a.Values, ",")
	}
	return strings.Join(all, " ")
}

// seedsText writes seeds as ParseSeeds reads them.
func seedsText(seeds []uint64) string {
	var parts []string
	for i := 0; i < len(seeds); {
		j := i
		for j+1 < len(seeds) && seeds[j+1] == seeds[j]+1 {
			j++
		}
		if j > i {
			parts = append(parts, fmt.Sprintf("%d..%d", seeds[i], seeds[j]))
		} else {
			parts = append(parts, strconv.FormatUint(seeds[i], 10))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}
