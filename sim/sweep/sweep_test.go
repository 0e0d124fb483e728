package sweep_test

import (
	"encoding/csv"
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

func TestSweep(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "sweep")
}

func plan(seeds string, sets ...string) (*sweep.Plan, error) {
	axes, err := sweep.ParseAxes(sets)
	if err != nil {
		return nil, err
	}
	all, err := sweep.ParseSeeds(seeds)
	if err != nil {
		return nil, err
	}
	return sweep.New(scenario.Options{Scenario: "crash"}, axes, all, "v1")
}

// done gives each run of a plan one row with the metrics that a function makes.
func done(p *sweep.Plan, metrics func(sweep.Run) scenario.Metrics) []sweep.Done {
	var all []sweep.Done
	for _, r := range p.Runs {
		m := metrics(r)
		all = append(all, sweep.Done{Run: r, Result: scenario.Result{
			Detail: "actors", Seed: r.Seed, Metrics: m, Series: []scenario.Row{{Cycle: 1, VirtualSeconds: 30, Metrics: m}},
		}})
	}
	return all
}

// of is a metric x of such a value for the seeds 1, 2 and so on.
func of(values ...float64) []sweep.Group {
	GinkgoHelper()
	p, err := plan("1.." + string(rune('0'+len(values))))
	Expect(err).NotTo(HaveOccurred())
	return p.Groups(done(p, func(r sweep.Run) scenario.Metrics { return scenario.Metrics{{Name: "x", Value: values[r.Seed-1]}} }))
}

var _ = Describe("a plan", func() {
	It("has each combination with each seed, without settings that a combination has not", func() {
		p, err := plan("1..2,7", "protocol=spray,cyclon", "spray.a=1,2", "peers=10,20", "fraction=0.3")
		Expect(err).NotTo(HaveOccurred())
		var values []string
		for _, r := range p.Runs {
			values = append(values, strings.Join(r.Values, " "))
			Expect(r.Number).To(Equal(len(values)))
		}
		Expect(p.Runs).To(HaveLen(3 * 6))
		Expect(slices.Compact(values)).To(Equal([]string{
			"spray 1 10 0.3", "spray 1 20 0.3", "spray 2 10 0.3", "spray 2 20 0.3", "cyclon  10 0.3", "cyclon  20 0.3",
		}))
		s := p.Runs[5].Scenario()
		Expect([]any{s.Peers, s.Seed, p.Runs[5].Seed, s.Phases[2].Fraction}).To(Equal([]any{20, uint64(7), uint64(7), 0.3}))
		Expect(p.Runs[17].Scenario().Overlay().Name).To(Equal("cyclon"))
	})

	DescribeTable("of what cannot be meant so is refused", func(said, seeds string, sets ...string) {
		p, err := plan(seeds, sets...)
		Expect(err).To(MatchError(ContainSubstring(said)), "%v", p)
	},
		Entry("an unknown key", `--set color=red: the scenario has no value "color", expected one of fraction, protocol`, "1", "color=red,blue"),
		Entry("an unknown key among known ones", `has no value "cyclon.vie"`, "1", "protocol=spray,cyclon", "cyclon.vie=3"),
		Entry("a bad value", "--set fraction=3: fraction: expected a fraction", "1", "fraction=0.3,3"),
		Entry("no value", "expected KEY=VALUE,VALUE", "1", "fraction"),
		Entry("an empty value", "expected KEY=VALUE,VALUE", "1", "fraction=0.3,"),
		Entry("a value twice", "the value 0.3 is there twice", "1", "fraction=0.3,0.3"),
		Entry("a key twice", "fraction is set twice", "1", "fraction=0.3", "fraction=0.4"),
		Entry("no peers", "--set peers=0: expected a whole number of at least 1", "1", "peers=0"),
		Entry("too many peers", "--peers: expected 1 to", "1", "peers=100000000"),
		Entry("no level of detail", "expected a level of detail", "1", "detail=atoms"),
		Entry("no seeds", "--seeds x: expected seeds such as 7, 1..10", "x"),
		Entry("seeds downwards", "expected seeds", "3..1"),
		Entry("a seed twice", "the seed 2 is there twice", "1..3,2"),
		Entry("too many seeds", "at most 100000 seeds", "1..18446744073709551615"),
		Entry("too many runs", "more than 100000 runs", "1..60000", "fraction=0.1,0.2"),
	)

	It("extends one with fewer seeds and values: its runs keep their numbers, the others come behind them", func() {
		before, err := plan("3,1", "protocol=spray", "fraction=0.5,0.3", "spray.a=2")
		Expect(err).NotTo(HaveOccurred())
		p, err := plan("1..3", "protocol=spray,cyclon", "fraction=0.3,0.5", "spray.a=1,2")
		Expect(err).NotTo(HaveOccurred())
		Expect(p.Extend(before)).To(BeEmpty())
		Expect(p.Runs).To(HaveLen(3*2*2 + 3*2))
		for i, r := range p.Runs {
			Expect(r.Number).To(Equal(i + 1))
			Expect(r.Scenario().Seed).To(Equal(r.Seed))
			if i < len(before.Runs) {
				Expect(p.Text(r)).To(Equal(before.Text(before.Runs[i])))
			}
		}
		fresh, err := plan("1..3", "protocol=spray,cyclon", "fraction=0.3,0.5", "spray.a=1,2")
		Expect(err).NotTo(HaveOccurred())
		metrics := func(r sweep.Run) scenario.Metrics { return scenario.Metrics{{Name: "x", Value: float64(r.Seed)}} }
		text, again := &strings.Builder{}, &strings.Builder{}
		Expect(fresh.SummaryCSV(text, done(fresh, metrics))).To(Succeed())
		Expect(p.SummaryCSV(again, done(p, metrics))).To(Succeed())
		Expect(again.String()).To(Equal(text.String()), "in whatever order its runs were done")
		Expect(p.Extend(p)).To(BeEmpty(), "which is the same")
	})

	It("extends no other one, and says in what that differs", func() {
		before, err := plan("1..3", "fraction=0.3,0.5")
		Expect(err).NotTo(HaveOccurred())
		refused := func(change func(*sweep.Plan), seeds string, sets ...string) string {
			p, err := plan(seeds, sets...)
			Expect(err).NotTo(HaveOccurred())
			change(p)
			runs := slices.Clone(p.Runs)
			said := p.Extend(before)
			Expect(p.Runs).To(Equal(runs))
			return said
		}
		as := func(*sweep.Plan) {}
		Expect(refused(as, "1..2,4", "fraction=0.3,0.5")).To(Equal("its seeds are 1..3, not 1..2,4 (to add seeds, name those too)"))
		Expect(refused(as, "1..3", "fraction=0.3,0.6")).To(Equal("its settings are fraction=0.3,0.5, not fraction=0.3,0.6 (to add values, name those too)"))
		Expect(refused(as, "1..3", "fraction=0.3,0.5", "spray.a=1")).To(Equal("its settings are fraction=0.3,0.5, not fraction=0.3,0.5 spray.a=1"))
		Expect(refused(as, "1..3")).To(Equal("its settings are fraction=0.3,0.5, not the scenario's"))
		Expect(refused(func(p *sweep.Plan) { p.SHA256 = "other" }, "1..3", "fraction=0.3,0.5")).To(Equal("the scenario crash has changed since"))
		Expect(refused(func(p *sweep.Plan) { p.Scenario, p.File = "steady", "steady" }, "1..3", "fraction=0.3,0.5")).To(Equal("its scenario is crash (crash), not steady (steady)"))
		Expect(refused(func(p *sweep.Plan) { p.Version = "v2" }, "1..3", "fraction=0.3,0.5")).To(Equal("its runs are of another version of the program, v1, and this is v2"))
		before.Runs[1].Seed = 7
		Expect(refused(as, "1..3", "fraction=0.3,0.5")).To(Equal("its run 2 is (fraction=0.3 seed=7), which is none of these"))
	})
})

var _ = Describe("the table of a sweep", func() {
	It("has a line for each value, and a column for each setting that varies", func() {
		p, err := plan("1..2", "protocol=spray,cyclon", "spray.a=1,2", "fraction=0.3", "detail=actors,arcs")
		Expect(err).NotTo(HaveOccurred())
		text := &strings.Builder{}
		Expect(p.CSV(text, done(p, func(r sweep.Run) scenario.Metrics {
			return scenario.Metrics{{Name: "alive", Value: float64(r.Number)}, {Name: "path_mean", Value: 1.5}}
		}))).To(Succeed())
		lines, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
		Expect(err).NotTo(HaveOccurred())
		Expect(lines[0]).To(Equal([]string{"run", "scenario", "detail", "seed", "protocol", "spray.a", "cycle", "virtual_seconds", "metric", "value"}))
		Expect(lines).To(HaveLen(1 + 2*len(p.Runs)))
		Expect(lines[2]).To(Equal([]string{"1", "crash", "actors", "1", "spray", "1", "1", "30", "path_mean", "1.5"}))
		Expect(lines[len(lines)-2]).To(Equal([]string{"12", "crash", "actors", "2", "cyclon", "", "1", "30", "alive", "12"}))
	})

	It("sums up with Student's t over the seeds", func() {
		s := sweep.Sample{1, 2, 3, 4}
		Expect(s.Mean()).To(Equal(2.5))
		Expect(s.Half()).To(BeNumerically("~", 3.182446*1.290994/2, 1e-5), "3.18 is what tables say for 3 degrees of freedom")
		Expect(math.IsNaN(sweep.Sample{1}.Half())).To(BeTrue())
		Expect([]string{s.Text(), sweep.Sample{25, 25}.Text(), sweep.Sample{1.23456}.Text(), sweep.Sample{718, 1100}.Text(), sweep.Sample{}.Text()}).To(
			Equal([]string{"2.5 ± 2.1", "25 ± 0", "1.235", "909 ± 2427", ""}))

		p, err := plan("1..4", "fraction=0.3,0.5")
		Expect(err).NotTo(HaveOccurred())
		text := &strings.Builder{}
		Expect(p.SummaryCSV(text, done(p, func(r sweep.Run) scenario.Metrics { return scenario.Metrics{{Name: "x", Value: float64(r.Seed)}} }))).To(Succeed())
		Expect(text.String()).To(Equal("fraction,metric,runs,mean,low,high\n0.3,x,4,2.5,0.44574,4.55426\n0.5,x,4,2.5,0.44574,4.55426\n"))
	})

	It("sums up groups that differ in their level of detail, or in a setting of the name of a column", func() {
		p := &sweep.Plan{Scenario: "mine", Seeds: []uint64{1}, Axes: []sweep.Axis{{"detail", []string{"actors", "arcs"}}, {"runs", []string{"1", "2"}}}}
		for i, values := range [][]string{{"actors", "1"}, {"actors", "2"}, {"arcs", "1"}, {"arcs", "2"}} {
			p.Runs = append(p.Runs, sweep.Run{Number: i + 1, Seed: 1, Values: values})
		}
		text := &strings.Builder{}
		Expect(p.SummaryCSV(text, done(p, func(r sweep.Run) scenario.Metrics { return scenario.Metrics{{Name: "x", Value: float64(r.Number)}} }))).To(Succeed())
		Expect(text.String()).To(Equal("detail,set_runs,metric,runs,mean,low,high\nactors,1,x,1,1,,\nactors,2,x,1,2,,\narcs,1,x,1,3,,\narcs,2,x,1,4,,\n"))
	})
})

var _ = Describe("two sweeps", func() {
	differ := func(a, b []sweep.Group) bool {
		GinkgoHelper()
		c := sweep.Compare(a, b)
		Expect(c.Compared).To(Equal(1))
		Expect(c.Alone).To(BeEmpty())
		return len(c.Differences) > 0
	}
	It("differ in a metric beyond its spread", func() {
		Expect(differ(of(1, 2, 3, 4, 5), of(2, 3, 4, 5, 1))).To(BeFalse())
		Expect(differ(of(1, 2, 3, 4, 5), of(2, 3, 4, 5, 6))).To(BeFalse(), "within the spread")
		Expect(differ(of(1, 2, 3, 4, 5), of(11, 12, 13, 14, 15))).To(BeTrue())
		Expect(differ(of(1, 1, 1), of(1, 1, 1))).To(BeFalse())
		Expect(differ(of(1, 1, 1), of(2, 2, 2))).To(BeTrue())
	})
	It("of one run each differ where the values do, and one run differs from several beyond their spread", func() {
		Expect(differ(of(1), of(1))).To(BeFalse())
		Expect(differ(of(1), of(1.01))).To(BeTrue())
		Expect(differ(of(4), of(1, 2, 3, 4, 5))).To(BeFalse())
		Expect(differ(of(40), of(1, 2, 3, 4, 5))).To(BeTrue())
		Expect(differ(of(1, 2, 3, 4, 5), of(40))).To(BeTrue())
	})
	It("do not differ in a group or a metric that one of them lacks, and are told so", func() {
		p, err := plan("1", "fraction=0.3,0.5")
		Expect(err).NotTo(HaveOccurred())
		groups := p.Groups(done(p, func(sweep.Run) scenario.Metrics { return scenario.Metrics{{Name: "x", Value: 1}} }))
		for _, swap := range []bool{false, true} {
			a, b := groups, groups[:1]
			if swap {
				a, b = b, a
			}
			Expect(sweep.Compare(a, b)).To(Equal(sweep.Comparison{Compared: 1, Alone: []sweep.Alone{{Group: "fraction=0.5", InA: !swap}}}))
		}
	})
	It("are told which metric one of them lacks", func() {
		p, err := plan("1", "fraction=0.3")
		Expect(err).NotTo(HaveOccurred())
		with := func(names ...string) []sweep.Group {
			return p.Groups(done(p, func(sweep.Run) (all scenario.Metrics) {
				for _, name := range names {
					all = append(all, scenario.Metric{Name: name, Value: 1})
				}
				return all
			}))
		}
		Expect(sweep.Compare(with("x", "y"), with("x"))).To(Equal(sweep.Comparison{Compared: 1, Alone: []sweep.Alone{{"crash", "y", true}}}))
	})
	It("that are equal are seldom told to differ, over many metrics", func() {
		p, err := plan("1..5")
		Expect(err).NotTo(HaveOccurred())
		draw := func(salt float64) []sweep.Group {
			return p.Groups(done(p, func(r sweep.Run) scenario.Metrics {
				var m scenario.Metrics
				for i := range 24 {
					_, x := math.Modf(math.Abs(math.Sin(float64(i)*12.9898+float64(r.Seed)*78.233+salt)) * 43758.5453)
					m = append(m, scenario.Metric{Name: string(rune('a' + i)), Value: x})
				}
				return m
			}))
		}
		told := 0
		for i := range 100 {
			if c := sweep.Compare(draw(float64(2*i)), draw(float64(2*i+1))); len(c.Differences) > 0 {
				told++
			}
		}
		Expect(told).To(BeNumerically("<=", 15), "of 100; 5 are expected")
	})
})
