package report

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// drawnMetrics are the metrics that a sweep's drawing has, if any run has them. Those of
// protocols follow.
var drawnMetrics = []string{
	"view_mean", "indegree_max", "clustering", "path_mean", "weak_components", "largest_weak_fraction",
	"dead_arc_fraction", "delivered_fraction", "target_fraction", "connections", "alive", "bytes_sent",
}

// sweepColumns is how many panels a line of a sweep's drawing has, and how many groups a
// part of its table.
const sweepColumns = 3

// panelHeight is the height of a line of panels.
const panelHeight = 7.5 * vg.Centimeter

// SweepPNG draws a sweep: a panel for each metric, in which a line is the mean of the runs
// that differ in their seeds only, and the band around it its 95 % interval.
func SweepPNG(w io.Writer, p *sweep.Plan, runs []sweep.Done) error {
	names := drawn(runs)
	c := vgimg.New(drawingWidth, sweepHeight(names))
	if err := drawSweep(draw.New(c), names, p, runs); err != nil {
		return err
	}
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// SweepSVG draws the same as SweepPNG.
func SweepSVG(w io.Writer, p *sweep.Plan, runs []sweep.Done) error {
	names := drawn(runs)
	c := vgsvg.New(drawingWidth, sweepHeight(names))
	if err := drawSweep(draw.New(c), names, p, runs); err != nil {
		return err
	}
	_, err := c.WriteTo(w)
	return err
}

func sweepHeight(names []string) vg.Length {
	return vg.Length((len(names)+sweepColumns-1)/sweepColumns) * panelHeight
}

// drawn lists the metrics to draw, at least one.
func drawn(runs []sweep.Done) []string {
	var names []string
	known := scenario.MetricNames()
	all := sweep.Metrics(runs)
	for _, name := range drawnMetrics {
		if slices.Contains(all, name) {
			names = append(names, name)
		}
	}
	for _, name := range all {
		if !slices.Contains(known, name) && !strings.HasSuffix(name, "_sample") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{"alive"}
	}
	return names
}

func drawSweep(c draw.Canvas, names []string, p *sweep.Plan, runs []sweep.Done) error {
	groups := p.Groups(runs)
	var all [][]*plot.Plot
	for i, name := range names {
		panel, err := sweepPanel(name, groups, i == 0)
		if err != nil {
			return err
		}
		if i == 0 {
			panel.Title.Text = fmt.Sprintf("%s, %d seeds\n%s", p.Scenario, len(p.Seeds), name)
		}
		if i%sweepColumns == 0 {
			all = append(all, make([]*plot.Plot, sweepColumns))
		}
		all[i/sweepColumns][i%sweepColumns] = panel
	}
	tiled(all, c)
	return nil
}

func sweepPanel(name string, groups []sweep.Group, legend bool) (*plot.Plot, error) {
	panel := plot.New()
	panel.Title.Text = name
	panel.X.Label.Text = "cycle"
	panel.Add(plotter.NewGrid())
	panel.X.Min, panel.Y.Min = 0, 0
	for i, g := range groups {
		hue := lineColors[i%len(lineColors)]
		mean, band := lineOf(g, name)
		if len(mean) == 0 {
			continue
		}
		line, err := plotter.NewLine(mean)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = hue, vg.Points(1.5)
		if i >= len(lineColors) {
			line.Dashes = []vg.Length{vg.Points(float64(1 + 3*(i/len(lineColors)))), vg.Points(3)}
		}
		if len(band) > 0 {
			area, err := plotter.NewPolygon(band)
			if err != nil {
				return nil, err
			}
			r, g, b, _ := hue.RGBA()
			area.Color, area.LineStyle.Width = color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0x40}, 0
			panel.Add(area)
		}
		panel.Add(line)
		if len(mean) == 1 { // a line of one point is not seen
			point, err := plotter.NewScatter(mean)
			if err != nil {
				return nil, err
			}
			point.Color, point.Shape, point.Radius = hue, draw.CircleGlyph{}, vg.Points(2)
			panel.Add(point)
		}
		if legend {
			panel.Legend.Add(g.Label, line)
		}
	}
	room := 1.1
	if legend {
		room += legendLine * float64(len(groups))
	}
	roomAbove(panel, room)
	panel.Legend.Top = true
	panel.Legend.TextStyle.Font.Size = vg.Points(8)
	return panel, nil
}

// lineOf returns the means of a metric cycle by cycle, and the outline of the band of their
// 95 % intervals, which is empty for one run.
func lineOf(g sweep.Group, name string) (mean, band plotter.XYs) {
	var low plotter.XYs
	least := math.Inf(-1) // a band goes below 0 only where the metric does
	if !negative(g, name) {
		least = 0
	}
	for _, cycle := range cycles(g) {
		s := g.At(cycle, name)
		if len(s) == 0 {
			continue
		}
		x, y := float64(cycle), s.Mean()
		mean = append(mean, plotter.XY{X: x, Y: y})
		if half := s.Half(); !math.IsNaN(half) {
			band = append(band, plotter.XY{X: x, Y: y + half})
			low = append(low, plotter.XY{X: x, Y: max(least, y-half)})
		}
	}
	slices.Reverse(low)
	return mean, append(band, low...)
}

// negative tells whether a metric is below 0 anywhere in a group.
func negative(g sweep.Group, name string) bool {
	return slices.ContainsFunc(cycles(g), func(cycle int) bool {
		return slices.ContainsFunc(g.At(cycle, name), func(x float64) bool { return x < 0 })
	})
}

// cycles are those at whose end anything was measured.
func cycles(g sweep.Group) []int {
	var all []int
	for _, r := range g.Runs {
		for _, row := range r.Result.Series {
			all = append(all, row.Cycle)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// SweepTable writes the metrics at the end of a sweep as text for people: a line a metric, a
// column for each group of runs that differ in their seeds only, mean ± half of the 95 %
// interval.
func SweepTable(w io.Writer, p *sweep.Plan, runs []sweep.Done) error {
	text := &strings.Builder{}
	groups := p.Groups(runs)
	for part := range slices.Chunk(groups, sweepColumns) {
		out := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
		fmt.Fprint(out, "metric")
		for _, g := range part {
			fmt.Fprint(out, "\t", g.Label)
		}
		fmt.Fprintln(out)
		for _, name := range sweep.Metrics(runs) {
			fmt.Fprint(out, name)
			for _, g := range part {
				fmt.Fprint(out, "\t", g.End(name).Text())
			}
			fmt.Fprintln(out)
		}
		out.Flush()
		fmt.Fprintln(text)
	}
	fmt.Fprintf(text, "%s: %d runs. Means at the end", p.Scenario, len(runs))
	if len(p.Seeds) > 1 {
		fmt.Fprintf(text, " over %d seeds ± half of their 95 %% intervals", len(p.Seeds))
	}
	fmt.Fprintln(text, ".")
	_, err := io.WriteString(w, text.String())
	return err
}
