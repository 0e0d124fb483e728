package report

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// panel is one drawing of a series.
type panel struct {
	title   string
	metrics []string
}

var panels = [][]panel{
	{
		{"views: arcs a peer holds", []string{"view_mean", "view_stddev"}},
		{"in-degree", []string{"indegree_mean", "indegree_max"}},
		{"clustering", []string{"clustering"}},
	}, {
		{"shortest paths", []string{"path_mean"}},
		{"components", []string{"weak_components", "strong_components"}},
		{"fractions", []string{"largest_weak_fraction", "delivered_fraction", "duplicate_free_fraction", "dead_arc_fraction", "target_fraction"}},
	}, {
		{"peers", []string{"alive"}},
		{"connections", []string{"connections"}},
		{"since the start", []string{"handshakes", "revived", "introductions"}},
	}, {
		{degreesTitle, nil},
	},
}

// degreesTitle is the title of the panel of the degrees in the last overlay.
const degreesTitle = "peers of each degree at the end"

var lineColors = []color.Color{
	color.RGBA{R: 0x1f, G: 0x5f, B: 0xa8, A: 0xff},
	color.RGBA{R: 0xd0, G: 0x5a, B: 0x10, A: 0xff},
	color.RGBA{R: 0x2c, G: 0x8a, B: 0x3d, A: 0xff},
	color.RGBA{R: 0x7a, G: 0x4a, B: 0xa0, A: 0xff},
}

// legendLine is the part of a panel's height that one line of its legend takes.
const legendLine = 0.12

// The size of the whole drawing.
const (
	drawingWidth  = 30 * vg.Centimeter
	drawingHeight = 29 * vg.Centimeter
)

// PNG draws the series of a result.
func PNG(w io.Writer, r scenario.Result) error {
	c := vgimg.New(drawingWidth, drawingHeight)
	if err := drawSeries(draw.New(c), r); err != nil {
		return err
	}
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// SVG draws the series of a result.
func SVG(w io.Writer, r scenario.Result) error {
	c := vgsvg.New(drawingWidth, drawingHeight)
	if err := drawSeries(draw.New(c), r); err != nil {
		return err
	}
	_, err := c.WriteTo(w)
	return err
}

func drawSeries(c draw.Canvas, r scenario.Result) error {
	all := make([][]*plot.Plot, len(panels))
	for i, line := range panels {
		all[i] = make([]*plot.Plot, 0, len(panels[0]))
		for j, p := range line {
			draw := p.plot
			if p.title == degreesTitle {
				draw = p.degrees
			}
			drawn, err := draw(r)
			if err != nil {
				return err
			}
			if i == 0 && j == 0 {
				drawn.Title.Text = fmt.Sprintf("%s, %d peers, seed %d\n%s", r.Scenario, r.Peers, r.Seed, drawn.Title.Text)
			}
			all[i] = append(all[i], drawn)
		}
		all[i] = all[i][:len(panels[0])] // what a short line lacks is empty
	}
	tiled(all, c)
	return nil
}

// tiled draws lines of panels of the same length, where a panel may be nil.
func tiled(all [][]*plot.Plot, c draw.Canvas) {
	tiles := draw.Tiles{
		Rows: len(all), Cols: len(all[0]), PadX: vg.Centimeter / 2, PadY: vg.Centimeter / 2,
		PadTop: vg.Centimeter / 4, PadBottom: vg.Centimeter / 4, PadLeft: vg.Centimeter / 4, PadRight: vg.Centimeter / 2,
	}
	canvases := plot.Align(all, tiles, c)
	for i, line := range all {
		for j, p := range line {
			if p != nil {
				p.Draw(canvases[i][j])
			}
		}
	}
}

// degrees draws the degrees in the last overlay.
func (p panel) degrees(r scenario.Result) (*plot.Plot, error) {
	drawn := plot.New()
	drawn.Title.Text = p.title
	drawn.X.Label.Text = "degree"
	drawn.Add(plotter.NewGrid())
	drawn.X.Min, drawn.Y.Min = 0, 0
	drawn.X.Max, drawn.Y.Max = 1, 1
	outs, ins := degrees(r.Overlay)
	for i, peers := range [][]int{outs, ins} {
		if len(peers) == 0 {
			continue
		}
		line, err := plotter.NewLine(degreePoints(peers))
		if err != nil {
			return nil, err
		}
		line.Color, line.Width, line.StepStyle = lineColors[i], vg.Points(1.5), plotter.MidStep
		drawn.Add(line)
		drawn.Legend.Add([]string{"out", "in"}[i], line)
	}
	drawn.Legend.Top = true
	drawn.Legend.TextStyle.Font.Size = vg.Points(9)
	return drawn, nil
}

func (p panel) plot(r scenario.Result) (*plot.Plot, error) {
	drawn := plot.New()
	drawn.Title.Text = p.title
	drawn.X.Label.Text = "cycle"
	drawn.Add(plotter.NewGrid())
	drawn.X.Min, drawn.X.Max = 0, float64(max(1, r.Cycles))
	drawn.Y.Min = 0
	for i, name := range p.metrics {
		points := points(r.Series, name)
		if len(points) == 0 {
			continue
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Color, marks.Color = lineColors[i], lineColors[i]
		line.Width = vg.Points(1.5)
		marks.Shape, marks.Radius = draw.CircleGlyph{}, vg.Points(1.5)
		drawn.Add(line, marks)
		if len(p.metrics) > 1 {
			drawn.Legend.Add(name, line)
		}
	}
	// The legend has its space above the lines.
	roomAbove(drawn, 1.1+legendLine*float64(len(p.metrics)-1))
	drawn.Legend.Top = true
	drawn.Legend.Left = len(p.metrics) > 3
	drawn.Legend.TextStyle.Font.Size = vg.Points(9)
	return drawn, nil
}

// roomAbove makes a drawing so many times as high as what it shows, from 0 or the least value
// on.
func roomAbove(p *plot.Plot, times float64) {
	top := max(0, p.Y.Max)
	p.Y.Max = p.Y.Min + max(1e-3, (top-p.Y.Min)*times)
}

func points(series []scenario.Row, name string) plotter.XYs {
	var all plotter.XYs
	for _, row := range series {
		if y := row.Metrics.Get(name); !math.IsNaN(y) {
			all = append(all, plotter.XY{X: float64(row.Cycle), Y: y})
		}
	}
	return all
}
