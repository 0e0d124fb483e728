package bench

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/loopback"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

var agreement = flag.String("agreement", "", "compare worlds and write docs/agreement.md: levels for the simulated ones, many for those with few peers and many seeds, webrtc for real connections beside them; several are separated by commas")

// comparison is a part of docs/agreement.md.
type comparison struct {
	peers, seeds, cycles int
	// real is how many of the seeds there are of real connections, which take real time.
	real int
	// least is the relative difference up to which two means agree whatever the spread.
	least float64
	// worlds are compared with the first of them.
	worlds []string
	// scenarios are what is run, each with its settings.
	scenarios [][]string
	// alone are metrics that mean something for one of the worlds alone.
	alone []string
}

// overWebRTC is the world of real connections among the levels of detail.
const overWebRTC = "WebRTC"

// comparisons are the parts of the document, by the value of -agreement.
func comparisons() map[string]comparison {
	levels := comparison{
		peers: 1000, seeds: 3, cycles: 12, least: 0.05,
		worlds: []string{scenario.DetailActors, scenario.DetailArcs},
		scenarios: [][]string{
			{"steady"},
			{"crash"},
			{"partition"},
			{"partition", "detection=15s"},
			{"churn"},
			{"steady", "loss=0.05", "setup_failure=0.02", "unreachable=0.2"},
			{"crash", "protocol=hyparview", "broadcaster=plumtree"},
			{"steady", "protocol=cyclon"},
		},
		alone: []string{"events", "turns", "actor_messages"},
	}
	many := levels
	many.peers, many.seeds, many.cycles = 80, 100, 6
	return map[string]comparison{
		"levels": levels,
		"many":   many,
		// A message takes 1 ms to 3 ms where two peers are programs on one machine, which others use, too.
		"webrtc": {
			peers: 30, seeds: 40, real: 8, cycles: 12, least: 0.1,
			worlds: []string{overWebRTC, scenario.DetailActors, scenario.DetailArcs},
			scenarios: [][]string{
				{"steady", "latency=2ms", "spray.period=2s"},
				{"crash", "latency=2ms", "spray.period=2s"},
				{"partition", "latency=2ms", "spray.period=2s", "detection=3s"},
				{"crash", "latency=2ms", "protocol=hyparview", "broadcaster=plumtree", "hyparview.period=2s"},
				{"steady", "latency=2ms", "protocol=cyclon", "cyclon.period=2s", "cyclon.view=8", "cyclon.shuffle=4"},
			},
			alone: []string{"bytes_sent", "frames_sent", "messages_lost", "server_signals", "events", "turns", "actor_messages"},
		},
	}
}

// TestAgreement compares worlds metric by metric and writes docs/agreement.md. It does so only
// with -agreement, as it takes long: task agreement.
func TestAgreement(t *testing.T) {
	if *agreement == "" {
		t.Skip("only with -agreement")
	}
	for part := range strings.SplitSeq(*agreement, ",") {
		c, ok := comparisons()[part]
		if !ok {
			t.Fatalf("-agreement is %q, must be some of levels, many and webrtc, separated by commas", part)
		}
		c.compare(t, part)
	}
}

// compare runs all, and writes a part of the document.
func (c comparison) compare(t *testing.T, part string) {
	var tables strings.Builder
	sum := map[string]int{}
	for _, words := range c.scenarios {
		runs, ok := c.run(t, words)
		if !ok {
			return
		}
		table := fmt.Sprintf("\n### `%s`\n", strings.Join(words, " "))
		for _, world := range c.worlds[1:] {
			table += c.table(sum, c.worlds[0], world, runs)
		}
		t.Log(table)
		tables.WriteString(table)
	}
	seeds := fmt.Sprint(c.seeds, " seeds")
	if c.real > 0 {
		seeds = fmt.Sprintf("%d seeds over WebRTC, %d at each level", c.real, c.seeds)
	}
	head := fmt.Sprintf("\n%d peers, %s, %d cycles after all have entered. Of %d numbers, %d are within %.0f %%, %d within the spread only, and %d differ.\n",
		c.peers, seeds, c.cycles, sum[near]+sum[wide]+sum[apart], sum[near], 100*c.least, sum[wide], sum[apart])
	write(t, part, head+tables.String())
	if sum[apart] > 0 {
		t.Errorf("%d numbers of %s differ: see docs/agreement.md", sum[apart], part)
	}
}

// run runs a scenario in all worlds, with all seeds.
func (c comparison) run(t *testing.T, words []string) (all map[string]sweep.Group, ok bool) {
	all = map[string]sweep.Group{}
	ok = t.Run(strings.Join(words, " "), func(t *testing.T) {
		for _, world := range c.worlds {
			seeds := c.seeds
			if world == overWebRTC {
				seeds = c.real
			}
			runs := make([]sweep.Done, seeds)
			all[world] = sweep.Group{Runs: runs}
			for n := range runs {
				t.Run(fmt.Sprintf("%s, seed %d", world, n+1), func(t *testing.T) {
					t.Parallel()
					runs[n].Result = c.one(t, words, world, uint64(n+1))
				})
			}
		}
	})
	return all, ok
}

// one runs a scenario. Its result also has the metrics of its cycles.
func (c comparison) one(t *testing.T, words []string, world string, seed uint64) scenario.Result {
	o := scenario.Options{Scenario: words[0], Peers: c.peers, Cycles: c.cycles, Seed: &seed, Sets: words[1:]}
	var run scenario.RunOptions
	if world == overWebRTC {
		run.World = func(s *scenario.Scenario) (worlds.World, error) {
			return loopback.New(loopback.Config{Detection: s.Network.Detection})
		}
	} else {
		o.Detail = world
	}
	s, err := scenario.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := scenario.Run(context.Background(), s, run)
	if err != nil {
		t.Fatal(err)
	}
	r.Overlay = scenario.Overlay{} // for its memory
	r.Metrics = append(r.Metrics, cycles(r.Series)...)
	return r
}

// cycles are the numbers that are taken from all cycles of a run: what a fault did at worst, and
// how long that lasted.
func cycles(series []scenario.Row) scenario.Metrics {
	var all scenario.Metrics
	for _, worst := range []struct {
		name string
		of   func(x, y float64) float64
	}{{"dead_arc_fraction", math.Max}, {"largest_weak_fraction", math.Min}, {"delivered_fraction", math.Min}} {
		x := math.NaN()
		for _, row := range series {
			if y := row.Metrics.Get(worst.name); math.IsNaN(x) {
				x = y
			} else if !math.IsNaN(y) {
				x = worst.of(x, y)
			}
		}
		if !math.IsNaN(x) {
			all = append(all, scenario.Metric{Name: worst.name + ", worst cycle", Value: x})
		}
	}
	disturbed := 0.0
	for _, row := range series {
		m := row.Metrics
		if m.Get("dead_arc_fraction") > 0.01 || m.Get("largest_weak_fraction") < 0.99 || m.Get("delivered_fraction") < 0.99 {
			disturbed++
		}
	}
	return append(all, scenario.Metric{Name: "disturbed cycles", Value: disturbed})
}

// The verdicts about a number.
const (
	near  = "agrees"
	wide  = "agrees within the spread"
	apart = "**differs**"
)

// table compares a world with the first one, and counts the verdicts.
func (c comparison) table(sum map[string]int, first, world string, runs map[string]sweep.Group) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n| metric | %s | %s | difference | spread | |\n|---|---|---|---|---|---|\n", first, world)
	for _, name := range sweep.Metrics(slices.Concat(runs[first].Runs, runs[world].Runs)) {
		if name == "alive" || slices.Contains(c.alone, name) {
			continue
		}
		x, y := runs[first].End(name), runs[world].End(name)
		verdict, off, spread := c.verdict(x, y)
		sum[verdict]++
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, mean(x), mean(y), percent(off), percent(spread), verdict)
	}
	return b.String()
}

// verdict says whether two samples agree, and how far their means are apart and may be, as
// parts of the first.
func (c comparison) verdict(x, y sweep.Sample) (verdict string, off, spread float64) {
	if len(x) == 0 || len(y) == 0 {
		return apart, math.NaN(), math.NaN()
	}
	a, b := x.Mean(), y.Mean()
	if a == b {
		return near, 0, sweep.Spread(x, y) / math.Max(math.Abs(a), math.SmallestNonzeroFloat64)
	}
	off, spread = (b-a)/math.Abs(a), sweep.Spread(x, y)/math.Abs(a)
	switch {
	case math.Abs(off) <= c.least:
		return near, off, spread
	case math.Abs(b-a) <= sweep.Spread(x, y):
		return wide, off, spread
	}
	return apart, off, spread
}

func mean(s sweep.Sample) string {
	if len(s) == 0 {
		return "none"
	}
	return fmt.Sprintf("%.4g", s.Mean())
}

func percent(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

const agreementDocument = "../docs/agreement.md"

// write replaces a part of the document, which is between two marks.
func write(t *testing.T, part, tables string) {
	text, err := os.ReadFile(agreementDocument)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := fmt.Sprintf("<!-- %s -->\n", part), fmt.Sprintf("<!-- end of %s -->\n", part)
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no part %s", agreementDocument, part)
	}
	if err := os.WriteFile(agreementDocument, []byte(before+begin+tables+"\n"+end+after), 0o666); err != nil {
		t.Fatal(err)
	}
}
