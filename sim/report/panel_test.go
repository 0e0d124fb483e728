package report

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gonum.org/v1/plot/plotter"

	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

var _ = Describe("a panel of a sweep", func() {
	of := func(values ...float64) sweep.Group {
		p := &sweep.Plan{Scenario: "mine"}
		var runs []sweep.Done
		for i, x := range values {
			runs = append(runs, sweep.Done{Run: sweep.Run{Number: i + 1, Seed: uint64(i)}, Result: scenario.Result{
				Series: []scenario.Row{{Cycle: 1, Metrics: scenario.Metrics{{Name: "x", Value: x}}}},
			}})
		}
		return p.Groups(runs)[0]
	}
	lowest := func(band plotter.XYs) float64 {
		return slices.MinFunc(band, func(a, b plotter.XY) int {
			if a.Y < b.Y {
				return -1
			}
			return 1
		}).Y
	}

	DescribeTable("shows all values, from 0 or the least on", func(least, top float64, values ...float64) {
		panel, err := sweepPanel("x", []sweep.Group{of(values...)}, false)
		Expect(err).NotTo(HaveOccurred())
		Expect([]float64{panel.Y.Min, panel.Y.Max}).To(HaveExactElements(BeNumerically("~", least, 1e-9), BeNumerically("~", top, 1e-9)))
	},
		Entry("above 0", 0.0, 4.4, 4.0),
		Entry("below 0", -4.0, 0.4, -4.0),
		Entry("nothing but 0", 0.0, 1e-3, 0.0),
	)

	It("has bands that go below 0 only where the metric does", func() {
		_, band := lineOf(of(0, 1), "x")
		Expect(lowest(band)).To(Equal(0.0))
		_, band = lineOf(of(-1, 1), "x")
		Expect(lowest(band)).To(BeNumerically("<", -1))
	})
})
