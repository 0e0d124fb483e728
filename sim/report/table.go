package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// shownRows is the most rows of a series that a table shows.
const shownRows = 16

// column is a column of the table.
type column struct {
	head  string
	names []string // metrics
	cell  func(x []float64) string
}

var tableColumns = []column{
	{"alive", []string{"alive"}, whole},
	{"view", []string{"view_mean", "view_stddev"}, func(x []float64) string { return fmt.Sprintf("%.2f ± %.2f", x[0], x[1]) }},
	{"in-degree ≤", []string{"indegree_max"}, whole},
	{"clustering", []string{"clustering"}, decimals(4)},
	{"path", []string{"path_mean"}, decimals(2)},
	{"parts", []string{"weak_components"}, whole},
	{"largest", []string{"largest_weak_fraction"}, percent},
	{"dead arcs", []string{"dead_arc_fraction"}, percent},
	{"target", []string{"target_fraction"}, percent},
	{"connections", []string{"connections"}, whole},
	{"delivered", []string{"delivered_fraction"}, percent},
}

func whole(x []float64) string { return fmt.Sprintf("%.0f", x[0]) }

func percent(x []float64) string { return fmt.Sprintf("%.1f %%", 100*x[0]) }

func decimals(n int) func([]float64) string {
	return func(x []float64) string { return fmt.Sprintf("%.*f", n, x[0]) }
}

// Table writes a result as text for people.
func Table(w io.Writer, r scenario.Result) error {
	text := &strings.Builder{}
	table(text, r.Series)
	fmt.Fprintln(text)
	sums(text, r)
	_, err := io.WriteString(w, text.String())
	return err
}

func table(text *strings.Builder, series []scenario.Row) {
	var shown []column
	for _, c := range tableColumns {
		for _, row := range series {
			if _, ok := c.values(row.Metrics); ok {
				shown = append(shown, c)
				break
			}
		}
	}
	out := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(out, "cycle\t")
	for _, c := range shown {
		fmt.Fprint(out, c.head, "\t")
	}
	fmt.Fprintln(out)
	for _, row := range some(series) {
		fmt.Fprintf(out, "%d\t", row.Cycle)
		for _, c := range shown {
			cell := ""
			if x, ok := c.values(row.Metrics); ok {
				cell = c.cell(x)
			}
			fmt.Fprint(out, cell, "\t")
		}
		fmt.Fprintln(out)
	}
	out.Flush()
}

func (c column) values(m scenario.Metrics) ([]float64, bool) {
	var all []float64
	for _, name := range c.names {
		x := m.Get(name)
		if math.IsNaN(x) {
			return nil, false
		}
		all = append(all, x)
	}
	return all, true
}

// some picks rows of a long series at even distances, with the first and the last.
func some(series []scenario.Row) []scenario.Row {
	if len(series) <= shownRows {
		return series
	}
	var rows []scenario.Row
	for i := range shownRows {
		rows = append(rows, series[i*(len(series)-1)/(shownRows-1)])
	}
	return rows
}

// sums writes the numbers of the run as a whole.
func sums(text *strings.Builder, r scenario.Result) {
	cut := ""
	if r.CutShort {
		cut = ", cut short"
	}
	fmt.Fprintf(text, "%s of %d peers, seed %d, in %s: %.0f s of their time in %.1f s%s.\n",
		r.Scenario, r.Peers, r.Seed, r.World, r.VirtualSeconds, r.WallSeconds, cut)
	var told []string
	for _, s := range []struct{ name, what string }{
		{"handshakes", "handshakes"}, {"revived", "connections revived"}, {"introductions", "introductions"},
	} {
		if x := r.Metrics.Get(s.name); !math.IsNaN(x) {
			told = append(told, fmt.Sprintf("%.0f %s", x, s.what))
		}
	}
	if x := r.Metrics.Get("bytes_sent"); !math.IsNaN(x) {
		told = append(told, fmt.Sprintf("%.1f MB sent", x/1e6))
	}
	if len(told) > 0 {
		fmt.Fprintf(text, "%s.\n", strings.Join(told, ", "))
	}
	if x := r.Metrics.Get("delivered_fraction"); !math.IsNaN(x) {
		fmt.Fprintf(text, "Broadcasts reached %.2f %% of those due, after %.0f hops at most; each came %.1f times again.\n",
			100*x, r.Metrics.Get("delivery_hops_max"), r.Metrics.Get("redundancy"))
	}
	if n := r.Metrics.Get("path_sample"); !math.IsNaN(n) {
		fmt.Fprintf(text, "Paths are those from %.0f peers that were drawn.\n", n)
	}
	if n := r.Metrics.Get("clustering_sample"); !math.IsNaN(n) {
		fmt.Fprintf(text, "Clustering is that of %.0f peers that were drawn.\n", n)
	}
	if r.ActorMessages > 0 && r.WallSeconds > 0 {
		fmt.Fprintf(text, "%d actor messages, %.2f million a second; at most %.0f MB of memory.\n",
			r.ActorMessages, float64(r.ActorMessages)/r.WallSeconds/1e6, r.PeakRSS)
	}
	if r.TraceHash != "" {
		fmt.Fprintf(text, "trace %s\n", r.TraceHash)
	}
}
