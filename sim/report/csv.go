package report

import (
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// CSV writes the series, with a line of names first. A metric that a row does not
// have is empty.
func CSV(w io.Writer, series []scenario.Row) error {
	columns := columns(series)
	out := csv.NewWriter(w)
	if err := out.Write(append([]string{"cycle", "virtual_seconds"}, columns...)); err != nil {
		return err
	}
	for _, row := range series {
		line := []string{strconv.Itoa(row.Cycle), scenario.Metric{Value: row.VirtualSeconds}.String()}
		for _, name := range columns {
			text := ""
			if x := row.Metrics.Get(name); !math.IsNaN(x) {
				text = scenario.Metric{Value: x}.String()
			}
			line = append(line, text)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// columns lists the metrics that any row has, in the order in which rows list them.
func columns(series []scenario.Row) []string {
	var names []string
	for _, row := range series {
		for i, m := range row.Metrics {
			if slices.Contains(names, m.Name) {
				continue
			}
			at := 0 // behind the metric that precedes it in its row
			if i > 0 {
				at = slices.Index(names, row.Metrics[i-1].Name) + 1
			}
			names = slices.Insert(names, at, m.Name)
		}
	}
	return names
}
