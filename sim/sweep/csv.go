package sweep

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// reserved are the columns of the table that are there whatever varies.
var reserved = []string{"run", "scenario", "detail", "seed", "cycle", "virtual_seconds", "metric", "value"}

// Done is a run with its result.
type Done struct {
	Run
	Result scenario.Result
}

// CSV writes the series of all runs as one table with a line for each value: run, scenario,
// detail, seed, one column for each setting that varies, cycle, virtual_seconds, metric and
// value. A setting that a run's scenario does not have is empty.
func (p *Plan) CSV(w io.Writer, runs []Done) error {
	out := csv.NewWriter(w)
	varying := p.columns()
	head := append([]string(nil), reserved[:4]...)
	for _, i := range varying {
		head = append(head, p.column(i, reserved))
	}
	if err := out.Write(append(head, reserved[4:]...)); err != nil {
		return err
	}
	for _, r := range runs {
		line := []string{strconv.Itoa(r.Number), p.Scenario, r.Result.Detail, strconv.FormatUint(r.Seed, 10)}
		for _, i := range varying {
			line = append(line, r.Values[i])
		}
		before := len(line)
		for _, row := range r.Result.Series {
			for _, m := range row.Metrics {
				line = append(line[:before], strconv.Itoa(row.Cycle), scenario.Metric{Value: row.VirtualSeconds}.String(), m.Name, m.String())
				if err := out.Write(line); err != nil {
					return err
				}
			}
		}
	}
	out.Flush()
	return out.Error()
}

// columns are the indices of the axes that have a column of their own: those that vary, but
// for the level of detail, which always has one.
func (p *Plan) columns() []int {
	return slices.DeleteFunc(p.Varying(), func(i int) bool { return p.Axes[i].Key == "detail" })
}

// column is the name of an axis' column: its key, unless the table has another column of that
// name.
func (p *Plan) column(i int, others []string) string {
	if key := p.Axes[i].Key; !slices.Contains(others, key) {
		return key
	}
	return "set_" + p.Axes[i].Key
}
