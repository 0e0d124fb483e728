package bench

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// keys lists the keys of a JSON object in their order.
func keys(object []byte) []string {
	GinkgoHelper()
	d := json.NewDecoder(strings.NewReader(string(object)))
	_, err := d.Token()
	Expect(err).NotTo(HaveOccurred())
	var all []string
	for d.More() {
		key, err := d.Token()
		Expect(err).NotTo(HaveOccurred())
		all = append(all, key.(string))
		var skipped json.RawMessage
		Expect(d.Decode(&skipped)).To(Succeed())
	}
	return all
}

var _ = Describe("run", func() {
	resultKeys := []string{
		"scenario", "seed", "peers", "cycles", "world", "detail", "workers",
		"version", "command", "settings", "protocols", "network", "virtual_seconds", "wall_seconds", "events", "actor_messages",
		"peak_rss_mb", "trace_hash", "metrics", "series",
	}

	It("tells programs what a scenario came to, the same with the same seed", func() {
		args := []string{"run", "crash", "--peers", "60", "--cycles", "6", "--seed", "3", "--set", "fraction=0.5", "--json", "--trace"}
		c := begin(args...)
		c.ends(console.ExitOK)
		Expect(c.err.Contents()).To(BeEmpty())
		text := c.out.Contents()
		Expect(strings.Count(string(text), "\n")).To(Equal(1), "one object and nothing else")
		Expect(keys(text)).To(Equal(resultKeys))
		var r scenario.Result
		Expect(json.Unmarshal(text, &r)).To(Succeed())
		Expect([]any{r.Scenario, r.Seed, r.Peers, r.Cycles, r.World}).To(Equal([]any{"crash", uint64(3), 60, 6, "sim"}))
		Expect(r.VirtualSeconds).To(Equal(480.0))
		Expect(r.WallSeconds).To(BeNumerically(">", 0))
		Expect(r.Events).To(BeNumerically(">", 1000))
		Expect(r.ActorMessages).To(BeNumerically(">", r.Events))
		Expect(r.TraceHash).To(HaveLen(64))
		Expect(r.Metrics.Get("alive")).To(Equal(30.0))
		Expect(r.Series).To(HaveLen(7))
		var names []string
		for _, m := range r.Metrics {
			names = append(names, m.Name)
		}
		// Nobody estimates the size of the network here, or builds a certain overlay, and the level is that of actors.
		elsewhere := func(name string) bool {
			return strings.HasPrefix(name, "size_") || name == "target_fraction" || name == "turns"
		}
		Expect(names).To(Equal(slices.DeleteFunc(scenario.MetricNames(), elsewhere)))

		again := begin(args...)
		again.ends(console.ExitOK)
		var same scenario.Result
		Expect(json.Unmarshal(again.out.Contents(), &same)).To(Succeed())
		Expect(same.TraceHash).To(Equal(r.TraceHash))
	})

	It("tells people in a table, and writes what they may want to look at", func() {
		dir := filepath.Join(GinkgoT().TempDir(), "out")
		c := begin("run", "steady", "--peers", "30", "--cycles", "3", "--out", dir)
		c.ends(console.ExitOK)
		Expect(string(c.out.Contents())).To(And(
			MatchRegexp(`(?m)^ +cycle +alive +view `), MatchRegexp(`(?m)^ +3 +30 +\d`),
			ContainSubstring("steady of 30 peers, seed 1, in sim: 390 s of their time"),
		))
		Expect(c.err.Contents()).To(BeEmpty(), "no progress where there is no terminal")
		for _, name := range []string{"result.json", "series.csv", "overlay.graphml", "overlay.dot", "degrees.csv", "series.png", "series.svg"} {
			info, err := os.Stat(filepath.Join(dir, name))
			Expect(err).NotTo(HaveOccurred())
			Expect(info.Size()).To(BeNumerically(">", 30), name)
		}
	})

	It("names everything that made a result, so that two can be told apart", func() {
		made := func(args ...string) scenario.Result {
			out, _ := prints(console.ExitOK, append([]string{"run", "steady", "--peers", "5", "--cycles", "2", "--json"}, args...)...)
			var r scenario.Result
			Expect(json.Unmarshal([]byte(out), &r)).To(Succeed())
			return r
		}
		a := made("--set", "latency=lognormal 100ms 0.5", "--set", "spray.a=2")
		Expect(a.Version).To(ContainSubstring("github.com/n2n-overlay/n2n"))
		Expect(a.Command).To(Equal("mine run steady --peers 5 --cycles 2 --seed 1 --detail actors --set 'latency=lognormal 100ms 0.5' --set spray.a=2"))
		Expect(a.Network).To(And(HaveKeyWithValue("latency", "lognormal 100ms 0.5"), HaveKeyWithValue("latency_floor", "10ms"), HaveKeyWithValue("detection", "15s")))
		Expect(a.Protocols).To(HaveLen(1))
		Expect(a.Protocols[0].Options).To(And(HaveKeyWithValue("a", 2.0), HaveKeyWithValue("period", "30s")))
		Expect(a.Settings.Phases).To(Equal([]string{"join: {over: 10 cycles, pace: growing}", "run: {cycles: 2}"}))
		Expect(a.Settings.Peer).To(HaveKeyWithValue("linger", "1m0s"))
		Expect(a.Settings.SHA256).To(HaveLen(64))
		for _, args := range [][]string{{"--set", "linger=5s"}, {"--set", "spray.max_joins=5"}, {"--set", "every=2"}, {"--detail", "arcs"}, {"--set", "cycle=31s"}} {
			b := made(append(args, "--set", "latency=lognormal 100ms 0.5", "--set", "spray.a=2")...)
			b.Command, b.Settings.Set = a.Command, a.Settings.Set // which also tell
			Expect([]any{b.Detail, b.Settings, b.Protocols, b.Network}).NotTo(Equal([]any{a.Detail, a.Settings, a.Protocols, a.Network}), "%v", args)
		}
	})

	It("writes over no result, unless it is told to", func() {
		dir := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600)).To(Succeed())
		args := []string{"run", "steady", "--peers", "5", "--cycles", "1", "--out", dir}
		prints(console.ExitOK, args...)
		before, err := os.ReadFile(filepath.Join(dir, "result.json"))
		Expect(err).NotTo(HaveOccurred())
		out, said := prints(console.ExitUsage, append(args, "--seed", "2")...)
		Expect(out).To(BeEmpty(), "it is checked before the run")
		Expect(said).To(ContainSubstring("run: --out " + dir + ": there is a series.csv already: give another directory, or --force to write over it"))
		Expect(os.ReadFile(filepath.Join(dir, "result.json"))).To(Equal(before))

		prints(console.ExitOK, append(args, "--seed", "2", "--force")...)
		Expect(os.ReadFile(filepath.Join(dir, "result.json"))).NotTo(Equal(before))
		Expect(os.ReadFile(filepath.Join(dir, "notes.txt"))).To(BeEquivalentTo("mine"))
	})

	It("writes the overlay of each cycle, if it is asked to", func() {
		dir := GinkgoT().TempDir()
		args := []string{"run", "steady", "--peers", "5", "--cycles", "4", "--set", "every=2", "--out", dir}
		prints(console.ExitOK, append(args, "--overlays")...)
		names := func() (all []string) {
			entries, _ := os.ReadDir(filepath.Join(dir, "overlays"))
			for _, e := range entries {
				all = append(all, e.Name())
			}
			return all
		}
		Expect(names()).To(Equal([]string{
			"000000-degrees.csv", "000000-overlay.graphml", "000002-degrees.csv", "000002-overlay.graphml", "000004-degrees.csv", "000004-overlay.graphml",
		}))
		Expect(text(dir, "overlays", "000004-overlay.graphml")).To(Equal(text(dir, "overlay.graphml")))
		Expect(text(dir, "overlays", "000004-degrees.csv")).To(Equal(text(dir, "degrees.csv")))
		prints(console.ExitOK, append(args, "--force")...)
		Expect(names()).To(BeEmpty(), "they were of another result")
		_, said := prints(console.ExitUsage, "run", "steady", "--overlays")
		Expect(said).To(ContainSubstring("--overlays needs --out"))
	})

	It("goes on to its result when the overlay of a cycle cannot be written, and says so", func() {
		if runtime.GOOS != "linux" {
			Skip("there is no /dev/full")
		}
		dir := GinkgoT().TempDir()
		Expect(os.Mkdir(filepath.Join(dir, "overlays.part"), 0o777)).To(Succeed())
		Expect(os.Symlink("/dev/full", filepath.Join(dir, "overlays.part", "000001-overlay.graphml.part"))).To(Succeed())
		out, said := prints(console.ExitFailed, "run", "steady", "--peers", "5", "--cycles", "2", "--out", dir, "--overlays")
		Expect(said).To(Equal("mine: run: --overlays: those from cycle 1 on are missing: write " +
			filepath.Join(dir, "overlays.part", "000001-overlay.graphml.part") + ": no space left on device\n"))
		Expect(out).To(ContainSubstring("steady of 5 peers"))
		Expect(text(dir, "result.json")).NotTo(ContainSubstring("cut_short"))
		Expect(filepath.Join(dir, "overlays", "000000-degrees.csv")).To(BeAnExistingFile(), "those before it are kept")
		Expect(filepath.Join(dir, "overlays", "000001-degrees.csv")).NotTo(BeAnExistingFile())
		Expect(filepath.Join(dir, "overlays.part")).NotTo(BeADirectory())
	})

	It("removes nothing but what runs wrote, and nothing at all for a run that does not fit", func() {
		dir := GinkgoT().TempDir()
		args := []string{"run", "steady", "--peers", "5", "--cycles", "1", "--out", dir, "--overlays"}
		prints(console.ExitOK, args...)
		Expect(os.WriteFile(filepath.Join(dir, "overlays", "notes.csv"), nil, 0o600)).To(Succeed())
		before := availableMemory
		DeferCleanup(func() { availableMemory = before })
		availableMemory = func() uint64 { return 1 << 20 }
		prints(console.ExitUsage, append(args, "--force", "--peers", "1000000")...)
		Expect(filepath.Join(dir, "overlays", "000001-degrees.csv")).To(BeAnExistingFile())
		availableMemory = before
		prints(console.ExitOK, append(args, "--force", "--overlays=false")...)
		Expect(filepath.Join(dir, "overlays", "000001-degrees.csv")).NotTo(BeAnExistingFile())
		Expect(filepath.Join(dir, "overlays", "notes.csv")).To(BeAnExistingFile())
	})

	It("that is interrupted writes over no complete result", func() {
		dir := GinkgoT().TempDir()
		args := []string{"run", "steady", "--peers", "5", "--cycles", "1", "--out", dir, "--overlays"}
		prints(console.ExitOK, args...)
		before := []string{text(dir, "result.json"), text(dir, "overlays", "000000-degrees.csv")}
		c := begin(append(args, "--force", "--peers", "300", "--cycles", "10000")...)
		Eventually(filepath.Join(dir, "overlays.part")).WithTimeout(patience).Should(BeADirectory())
		c.stop()
		c.ends(console.ExitInterrupted)
		Expect(string(c.err.Contents())).To(Equal(dir + " keeps the complete result that it has\nmine: interrupted\n"))
		Expect([]string{text(dir, "result.json"), text(dir, "overlays", "000000-degrees.csv")}).To(Equal(before))
		Expect(filepath.Join(dir, "overlays.part")).NotTo(BeADirectory())
	})

	It("names the directory in which no file can be made", func() {
		if runtime.GOOS != "linux" {
			Skip("there is no such directory")
		}
		_, said := prints(console.ExitUsage, "run", "steady", "--out", "/proc/self")
		Expect(said).To(And(ContainSubstring("run: --out: no file can be made in /proc/self: "), Not(ContainSubstring("probe"))))
	})

	It("computes the hash of what happens only if it is asked to", func() {
		out, _ := prints(console.ExitOK, "run", "steady", "--peers", "5", "--cycles", "1", "--json")
		Expect(out).To(ContainSubstring(`"trace_hash":"",`))
	})

	It("tells what was measured when it is interrupted", func() {
		dir := filepath.Join(GinkgoT().TempDir(), "out")
		c := begin("run", "steady", "--peers", "300", "--cycles", "10000", "--json", "--out", dir)
		Eventually(dir).WithTimeout(patience).Should(BeADirectory(), "it is made right before the start")
		c.stop()
		c.ends(console.ExitInterrupted)
		Expect(string(c.err.Contents())).To(Equal("mine: interrupted\n"))
		Expect(keys(c.out.Contents())).To(Equal(append(resultKeys, "cut_short")))
		text, err := os.ReadFile(filepath.Join(dir, "result.json"))
		Expect(err).NotTo(HaveOccurred())
		Expect(text).To(Equal(c.out.Contents()))
	})

	It("runs a small room over real WebRTC, too", func() {
		shipped, err := scenario.Text("steady")
		Expect(err).NotTo(HaveOccurred())
		file := filepath.Join(GinkgoT().TempDir(), "mine.yaml")
		Expect(os.WriteFile(file, append(shipped, "\ndetail: arcs\n"...), 0o600)).To(Succeed())
		c := begin("run", file, "--world", "wrtc", "--peers", "5", "--cycles", "3", "--set", "spray.period=500ms", "--json")
		c.ends(console.ExitOK)
		Expect(keys(c.out.Contents())).To(Equal(resultKeys))
		var r scenario.Result
		Expect(json.Unmarshal(c.out.Contents(), &r)).To(Succeed())
		Expect([]string{r.World, r.Detail}).To(Equal([]string{"wrtc", "actors"}), "whatever the file says of the simulated world")
		Expect(r.Metrics.Get("alive")).To(Equal(5.0))
		Expect(r.Metrics.Get("connections")).To(And(BeNumerically(">=", 4), BeNumerically("<=", 10)))
		Expect(r.Metrics.Get("handshakes")).To(BeNumerically(">=", r.Metrics.Get("connections")))
		Expect(r.Metrics.Get("weak_components")).To(Equal(1.0))
	})

	It("cuts real connections, too", func() {
		c := begin("run", "partition", "--world", "wrtc", "--peers", "4", "--cycles", "3", "--set", "protocol=fullmesh", "--set", "fullmesh.period=1s",
			"--set", "loss=0.01", "--json")
		c.ends(console.ExitOK)
		var r scenario.Result
		Expect(json.Unmarshal(c.out.Contents(), &r)).To(Succeed())
		Expect([]any{r.World, r.Metrics.Get("alive"), r.Series[2].Metrics.Get("weak_components")}).To(Equal([]any{"wrtc", 4.0, 1.0}), "no connection was lost")
		Expect(r.Series[2].Metrics.Get("delivered_fraction")).To(Equal(0.5), "to one of two groups")
	})

	DescribeTable("with a mistake runs nothing", func(said string, args ...string) {
		c := begin(append([]string{"run"}, args...)...)
		c.ends(console.ExitUsage)
		Expect(string(c.err.Contents())).To(And(HavePrefix("mine: "), ContainSubstring(said)))
		Expect(c.out.Contents()).To(BeEmpty())
	},
		Entry("no scenario", "accepts 1 arg"),
		Entry("no such scenario", `"dance": no such scenario ships, expected one of steady, flash-crowd, churn, crash, partition`, "dance"),
		Entry("no such file", "none.yaml: the file cannot be read", "none.yaml"),
		Entry("no such value", `--set color=red: the scenario has no value "color", expected one of fraction, protocol`, "crash", "--set", "color=red"),
		Entry("a value with an option of its own", "--set peers=50: peers has an option of its own, use --peers 50", "crash", "--set", "peers=50"),
		Entry("no workers", "--workers is 0, must be at least 1", "steady", "--workers", "0"),
		Entry("a bad value", "--set fraction=2: fraction: expected a fraction from 0 to 1", "crash", "--set", "fraction=2"),
		Entry("more workers than peers", "--workers: expected 1 to 2 workers for 2 peers, not 3", "steady", "--peers", "2", "--workers", "3"),
		Entry("an impossible floor", "--set latency=lognormal 50ms 0.5 60ms: latency: expected a floor", "steady", "--set", "latency=lognormal 50ms 0.5 60ms"),
		Entry("a level of detail over real connections", "--detail and --workers are only for the simulated world", "steady", "--world", "wrtc", "--peers", "4", "--detail", "arcs"),
		Entry("too few peers", "--peers is 0", "steady", "--peers", "0"),
		Entry("too few cycles", "--cycles: expected 3", "crash", "--cycles", "2"),
		Entry("no such world", `--world is "vnet", must be sim or wrtc`, "steady", "--world", "vnet"),
		Entry("too many peers for real", "--peers is 1000, must be at most 64", "steady", "--world", "wrtc"),
		Entry("another real network", "latency is only for the simulated network", "steady", "--world", "wrtc", "--peers", "4", "--set", "latency=1s"),
		Entry("a directory that cannot be", "--out", "steady", "--out", "/dev/null/out"),
	)

	It("of more peers than there is memory for runs nothing", func() {
		DeferCleanup(func(before func() uint64) { availableMemory = before }, availableMemory)
		availableMemory = func() uint64 { return 1 << 30 } // the real value differs between machines, or is unknown
		c := begin("run", "steady", "--peers", "1000000")
		c.ends(console.ExitUsage)
		Expect(string(c.err.Contents())).To(MatchRegexp(`^mine: .*1000000 peers take about \d+\.\d GB of memory, and 1\.1 GB are available: try at most \d+\n`))
		Expect(c.out.Contents()).To(BeEmpty())
	})

	It("says when several workers would not pay, and runs on one", func() {
		c := begin("run", "steady", "--peers", "10", "--cycles", "1", "--workers", "2", "--json")
		c.ends(0)
		Expect(string(c.err.Contents())).To(HavePrefix("mine run: 10 peers have too little to do within the least latency, 5ms, for 2 workers to pay: one worker runs it\n"))
		Expect(c.out.Contents()).To(ContainSubstring(`"workers":1,`))
	})

	It("names the line of a mistake in a file", func() {
		path := filepath.Join(GinkgoT().TempDir(), "mine.yaml")
		Expect(os.WriteFile(path, []byte("name: mine\npeers: few\n"), 0o600)).To(Succeed())
		c := begin("run", path)
		c.ends(console.ExitUsage)
		Expect(string(c.err.Contents())).To(ContainSubstring(path + `:2: peers: expected a whole number from 1 to 10000000, not "few"`))
	})
})

var _ = Describe("list", func() {
	It("lists the scenarios that ship", func() {
		out, _ := prints(console.ExitOK, "list")
		Expect(out).To(And(
			MatchRegexp(`(?m)^steady +1000 +30 of 30s +spray `), MatchRegexp(`(?m)^flash-crowd `), MatchRegexp(`(?m)^churn `),
			MatchRegexp(`(?m)^crash `), MatchRegexp(`(?m)^partition `),
		))
	})
})

var _ = Describe("show", func() {
	It("prints a scenario that ships, which runs as it is", func() {
		out, _ := prints(console.ExitOK, "show", "steady")
		Expect(out).To(HavePrefix("name: steady\n"))
		path := filepath.Join(GinkgoT().TempDir(), "mine.yaml")
		Expect(os.WriteFile(path, []byte(out), 0o600)).To(Succeed())
		prints(console.ExitOK, "run", path, "--peers", "5", "--cycles", "1")
	})

	It("says which there are", func() {
		_, said := prints(console.ExitUsage, "show", "stead")
		Expect(said).To(ContainSubstring(`show: "stead": no such scenario ships, expected one of steady, flash-crowd`))
	})
})

var _ = Describe("metrics", func() {
	It("says what each metric means, and its unit", func() {
		out, _ := prints(console.ExitOK, "metrics")
		for _, m := range scenario.AllMetrics() {
			Expect(out).To(MatchRegexp(`(?m)^%s +%s +%s$`, m.Name, regexp.QuoteMeta(m.Unit), regexp.QuoteMeta(m.Meaning)))
		}
	})
})

var _ = Describe("the speed of a run", func() {
	It("is that since the last look, and is not looked at all the time", func() {
		begun := time.Unix(100, 0)
		s := speed{at: begun, pause: progressPause}
		at := scenario.Progress{Phase: "run", Cycle: 2, Cycles: 5, Alive: 10, Elapsed: 90 * time.Second, Totals: worlds.Totals{ActorMessages: 3_000_000}}
		Expect(s.look(begun.Add(progressPause/2), at)).To(BeFalse())
		Expect(s.look(begun.Add(2*time.Second), at)).To(BeTrue())
		Expect(s.line(at)).To(Equal("run       cycle 2 of 5, 10 peers, 1m30s, 45.0 s/s, 1.50 M actor messages/s"))
		at.Elapsed += time.Second
		Expect(s.look(begun.Add(3*time.Second), at)).To(BeTrue())
		Expect(s.line(at)).To(ContainSubstring("1.0 s/s, 0.00 M"))
	})
})

var _ = Describe("the progress of a run", func() {
	It("is a line a minute where there is no terminal", func() {
		begun := time.Unix(100, 0)
		said := gbytes.NewBuffer()
		p := newProgress(console.New(nil, nil, said), &scenario.Scenario{Name: "steady"}, begun)
		at := scenario.Progress{Phase: "run", Cycle: 2, Cycles: 5, Alive: 10, Elapsed: 90 * time.Second, Total: 360 * time.Second, Totals: worlds.Totals{Events: 60_000_000}}
		p.tell(begun.Add(59*time.Second), at)
		Expect(said.Contents()).To(BeEmpty())
		p.tell(begun.Add(60*time.Second), at)
		p.tell(begun.Add(61*time.Second), at)
		Expect(string(said.Contents())).To(MatchRegexp(`^steady: run       cycle 2 of 5, 10 peers, 1m30s, 1\.5 s/s, 1\.00 M events/s.*, 3m0s left\n$`))
	})
})

var _ = Describe("the time that is left", func() {
	It("is what the rest takes at the pace so far, and not told before there is one", func() {
		Expect(timeLeft(10*time.Second, 0.25)).To(Equal(", 30s left"))
		Expect(timeLeft(10*time.Second, 1.2)).To(Equal(", 0s left"))
		Expect(timeLeft(10*time.Second, 0.001)).To(BeEmpty())
		Expect(timeLeft(time.Millisecond, 0.5)).To(BeEmpty())
	})
})

var _ = Describe("a failed run", func() {
	It("says how to see it again", func() {
		err := &scenario.Broken{Err: errors.New("dead letter"), Command: "n2n sim run steady"}
		Expect(err.Error()).To(Equal("dead letter\nreproduce it with: n2n sim run steady"))
	})
})
