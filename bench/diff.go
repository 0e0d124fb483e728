package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

func (b *bench) newDiff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff A B",
		Short: "Say in which metrics two results differ beyond their spread",
		Long: `Compare two directories that run or sweep wrote, and say in which settings they
differ, and in which metrics at the end beyond their spread over the seeds: their
means differ so much that equal sweeps would be told to differ, in anything at all, once
in twenty times. Two single runs differ wherever their values do. Runs are compared
that have the same values of all settings that vary in A or in B; what only one
has is said, and is no difference. Exits with 0 when no metric differs, 1 when one
does, and 2 when a directory cannot be read or nothing can be compared.`,
		Example: b.examples("diff before after"),
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			a, err := readSide(args[0])
			if err != nil {
				return b.usagef("diff: %w", err)
			}
			z, err := readSide(args[1])
			if err != nil {
				return b.usagef("diff: %w", err)
			}
			return b.diff(a, z)
		},
	}
}

// side is one of the two results that diff compares.
type side struct {
	name   string
	made   map[string]string // what made it, by name
	groups []sweep.Group
}

// readSide reads the directory of a run or of a sweep.
func readSide(dir string) (side, error) {
	s := side{name: dir}
	plan, err := readPlan(dir)
	if errors.Is(err, fs.ErrNotExist) {
		result, err := readResult(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return s, fmt.Errorf("%s has neither a result.json nor a %s: it is no result of run or sweep", dir, planFile)
		}
		if err != nil {
			return s, err
		}
		plan = &sweep.Plan{Scenario: "at the end"}
		s.groups = plan.Groups([]sweep.Done{{Result: result}})
		s.made, err = made(s.groups, true)
		return s, err
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", dir, err)
	}
	folder := &sweepFolder{dir: dir, plan: plan}
	done, err := folder.load()
	if err != nil {
		return s, fmt.Errorf("%s: a run is not done, call sweep again: %w", dir, err)
	}
	s.groups = plan.Groups(done)
	if s.made, err = made(s.groups, false); err == nil {
		s.made["seeds"] = fmt.Sprint(plan.Seeds)
	}
	return s, err
}

// made lists what made a result, by the names of result.json. What varies in a sweep has all
// its values.
func made(groups []sweep.Group, single bool) (map[string]string, error) {
	all := map[string]string{}
	values := map[string][]string{}
	for _, g := range groups {
		of, err := madeOf(g.Runs[0].Result, single)
		if err != nil {
			return nil, err
		}
		for name, value := range of {
			if !slices.Contains(values[name], value) {
				values[name] = append(values[name], value)
			}
		}
	}
	for name, v := range values {
		slices.Sort(v) // a plan can name them in another order
		all[name] = strings.Join(v, ", ")
	}
	return all, nil
}

// madeOf is made for one run. One of a sweep lacks its seed.
func madeOf(r scenario.Result, single bool) (map[string]string, error) {
	r.Series, r.Metrics = nil, nil
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for _, outcome := range []string{
		"virtual_seconds", "wall_seconds", "events", "actor_messages", "peak_rss_mb", "trace_hash", "metrics", "series", "workers",
		"command",
	} {
		delete(all, outcome)
	}
	if !single {
		delete(all, "seed")
	}
	flat := map[string]string{}
	flatten("", all, flat)
	return flat, nil
}

// flatten gives each value of JSON a name of its own.
func flatten(name string, value any, into map[string]string) {
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			if name != "" {
				key = name + "." + key
			}
			flatten(key, v, into)
		}
	case []any:
		for i, v := range value {
			flatten(fmt.Sprintf("%s.%d", name, i+1), v, into)
		}
	default:
		into[name] = fmt.Sprint(value)
	}
}

// notInTheOther stands in the column of the result that has something alone.
const notInTheOther = "not in the other"

// diff writes in what two results differ.
func (b *bench) diff(a, z side) error {
	c := sweep.Compare(a.groups, z.groups)
	out := tabwriter.NewWriter(b.Out, 0, 0, 2, ' ', 0)
	var names []string
	for name := range a.made {
		names = append(names, name)
	}
	for name := range z.made {
		if _, both := a.made[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	fmt.Fprintf(out, "\t%s\t%s\n", a.name, z.name)
	for _, name := range names {
		if a.made[name] != z.made[name] {
			fmt.Fprintf(out, "%s\t%s\t%s\n", name, a.made[name], z.made[name])
		}
	}
	for _, only := range c.Alone {
		name := only.Group
		if only.Metric != "" {
			name = only.Metric + ", " + only.Group
		}
		cells := "\t\t" + notInTheOther
		if only.InA {
			cells = "\t" + notInTheOther + "\t"
		}
		fmt.Fprintln(out, name+cells)
	}
	for _, d := range c.Differences {
		fmt.Fprintf(out, "%s, %s\t%s\t%s\n", d.Metric, d.Group, d.A.Text(), d.B.Text())
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if c.Compared == 0 {
		return b.usagef("diff: nothing can be compared: %s and %s have no runs of the same settings", a.name, z.name)
	}
	fmt.Fprintf(b.Out, "\n%d of %d metrics differ.\n", len(c.Differences), c.Compared)
	if len(c.Differences) > 0 {
		return console.ErrDiffer
	}
	return nil
}
