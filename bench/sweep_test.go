package bench

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/gofrs/flock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// text reads a file.
func text(path ...string) string {
	GinkgoHelper()
	b, err := os.ReadFile(filepath.Join(path...))
	Expect(err).NotTo(HaveOccurred())
	return string(b)
}

var _ = Describe("sweep", func() {
	args := func(dir string, more ...string) []string {
		return append([]string{"sweep", "crash", "--seeds", "1..3", "--set", "protocol=spray,cyclon", "--set", "spray.a=1,2", "--peers", "20", "--cycles", "3", "--out", dir}, more...)
	}

	It("runs all combinations, and writes one tidy table, a summary and drawings", func() {
		dir := filepath.Join(GinkgoT().TempDir(), "out")
		out, said := prints(console.ExitOK, args(dir)...)
		lines := strings.Split(strings.TrimSuffix(said, "\n"), "\n")
		Expect(lines).To(HaveLen(9), "one a run, where there is no terminal")
		for i, line := range lines {
			Expect(line).To(MatchRegexp(`^run \d \(protocol=.* peers=20 cycles=3 seed=\d\) is done in \S+: %d of 9 runs(, \S+ left)?$`, i+1))
		}
		Expect(out).To(And(
			MatchRegexp(`(?m)^metric +protocol=spray spray.a=1 +protocol=spray spray.a=2 +protocol=cyclon$`),
			MatchRegexp(`(?m)^alive +10 ± 0 +10 ± 0 +10 ± 0$`), MatchRegexp(`(?m)^view_mean +[\d.]+ ± [\d.]+ `),
			HaveSuffix("crash: 9 runs. Means at the end over 3 seeds ± half of their 95 % intervals.\n"),
		))
		table, err := csv.NewReader(strings.NewReader(text(dir, "results.csv"))).ReadAll()
		Expect(err).NotTo(HaveOccurred())
		Expect(table[0]).To(Equal([]string{"run", "scenario", "detail", "seed", "protocol", "spray.a", "cycle", "virtual_seconds", "metric", "value"}))
		Expect(len(table)).To(BeNumerically(">", 9*4*15))
		Expect(text(dir, "summary.csv")).To(ContainSubstring("\ncyclon,,alive,3,10,10,10\n"))
		Expect(text(dir, "sweep.svg")).To(And(ContainSubstring("<svg"), ContainSubstring("protocol=spray spray.a=2")))
		Expect(text(dir, "sweep.png")).To(HavePrefix("\x89PNG"))
		Expect(text(dir, "runs", "9", "result.json")).To(ContainSubstring(`"command":"mine run crash --peers 20 --cycles 3 --seed 3 --detail actors --set protocol=cyclon"`))
	})

	It("goes on where it was interrupted, to the same table", func() {
		whole, part := filepath.Join(GinkgoT().TempDir(), "a"), filepath.Join(GinkgoT().TempDir(), "b")
		prints(console.ExitOK, args(whole, "--jobs", "1")...)
		c := begin(args(part, "--jobs", "3")...)
		Eventually(func() []os.DirEntry { all, _ := os.ReadDir(filepath.Join(part, "runs")); return all }).WithTimeout(patience).ShouldNot(BeEmpty())
		c.stop()
		Eventually(c.exit).WithTimeout(patience).Should(Receive(BeElementOf(console.ExitInterrupted, console.ExitOK)))
		// As if it had been killed while it wrote, and later than it was.
		Expect(os.RemoveAll(filepath.Join(part, "runs", "5"))).To(Succeed())
		Expect(os.MkdirAll(filepath.Join(part, "runs", "5"), 0o777)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(part, "runs", "5", "result.json.part"), []byte("{"), 0o600)).To(Succeed())
		for _, name := range []string{"results.csv", "summary.csv"} {
			_ = os.Remove(filepath.Join(part, name))
		}
		_, said := prints(console.ExitOK, args(part)...)
		Expect(said).To(MatchRegexp(`^\d of 9 runs are there already\n(run \d .*\n)*run \d .*: 9 of 9 runs\n$`))
		Expect(text(part, "results.csv")).To(Equal(text(whole, "results.csv")))
		Expect(text(part, "summary.csv")).To(Equal(text(whole, "summary.csv")))
	})

	It("says how far it came when it is interrupted", func() {
		dir := GinkgoT().TempDir()
		c := begin("sweep", "steady", "--peers", "300", "--cycles", "10000", "--out", dir)
		Eventually(filepath.Join(dir, "sweep.json")).WithTimeout(patience).Should(BeAnExistingFile())
		c.stop()
		c.ends(console.ExitInterrupted)
		Expect(string(c.err.Contents())).To(Equal("0 of 5 runs are done. The same call goes on.\nmine: interrupted\n"))
	})

	When("its directory has something else", func() {
		var dir, file string
		small := func(more ...string) []string {
			return append([]string{"sweep", file, "--seeds", "1..2", "--peers", "5", "--cycles", "3", "--out", dir}, more...)
		}
		BeforeEach(func() {
			dir, file = filepath.Join(GinkgoT().TempDir(), "out"), filepath.Join(GinkgoT().TempDir(), "mine.yaml")
			shipped, err := scenario.Text("crash")
			Expect(err).NotTo(HaveOccurred())
			Expect(os.WriteFile(file, shipped, 0o600)).To(Succeed())
			prints(console.ExitOK, small()...)
		})
		DescribeTable("changes nothing, and says why", func(said string, change func() []string) {
			args := change()
			before := []string{text(dir, "sweep.json"), text(dir, "results.csv"), text(dir, "runs", "1", "result.json")}
			_, got := prints(console.ExitUsage, args...)
			Expect(got).To(And(HavePrefix("mine: sweep: "), ContainSubstring(said)))
			Expect([]string{text(dir, "sweep.json"), text(dir, "results.csv"), text(dir, "runs", "1", "result.json")}).To(Equal(before))
		},
			Entry("a scenario that changed", "mine.yaml has changed since: give another directory, or --force to begin anew", func() []string {
				Expect(os.WriteFile(file, []byte(strings.Replace(text(file), "fraction: 0.5", "fraction: 0.4", 1)), 0o600)).To(Succeed())
				return small()
			}),
			Entry("other seeds", "has another sweep: its seeds are 1..2, not 2..3 (to add seeds, name those too): give another directory, or --force to begin anew", func() []string { return append(small(), "--seeds", "2..3") }),
			Entry("other values", "its settings are peers=5 cycles=3, not peers=6 cycles=3 (to add values, name those too): give another directory, or --force to begin anew", func() []string { return append(small(), "--peers", "6") }),
			Entry("another scenario", "mine.yaml), not steady (steady): give another directory, or --force to begin anew", func() []string { return append([]string{"sweep", "steady"}, small()[2:]...) }),
			Entry("other settings", "its settings are peers=5 cycles=3, not fraction=0.3 peers=5 cycles=3: give another directory, or --force to begin anew", func() []string { return small("--set", "fraction=0.3") }),
			Entry("a file that is no plan", "sweep.json is not that of a sweep: invalid character 'o' in literal null (expecting 'u'): give another directory\n", func() []string {
				Expect(os.WriteFile(filepath.Join(dir, "sweep.json"), []byte("no"), 0o600)).To(Succeed())
				return small()
			}),
		)
		It("adds runs with more seeds and values of a setting, and the means are those of one sweep of all", func() {
			old := text(dir, "runs", "2", "result.json")
			all := append(small(), "--peers", "4,5", "--seeds", "1..3")
			_, said := prints(console.ExitOK, all...)
			Expect(said).To(HavePrefix("2 of 6 runs are there already\n"))
			Expect(text(dir, "runs", "2", "result.json")).To(Equal(old))
			Expect(text(dir, "runs", "3", "result.json")).To(ContainSubstring("--peers 4 "))
			whole := filepath.Join(GinkgoT().TempDir(), "whole")
			prints(console.ExitOK, append(all, "--out", whole)...)
			Expect(text(dir, "summary.csv")).To(Equal(text(whole, "summary.csv")))
			_, said = prints(console.ExitUsage, small()...)
			Expect(said).To(ContainSubstring("its settings are peers=4,5 cycles=3, not peers=5 cycles=3"))
		})
		It("begins anew when it is told to, and removes nothing that no run wrote", func() {
			Expect(os.WriteFile(filepath.Join(dir, "runs", "2", "notes.txt"), []byte("mine"), 0o600)).To(Succeed())
			Expect(os.Mkdir(filepath.Join(dir, "runs", "precious"), 0o777)).To(Succeed())
			_, said := prints(console.ExitOK, append(small("--force"), "--seeds", "3..4")...)
			Expect(said).To(MatchRegexp(`^run \d .*: 1 of 2 runs.*\nrun \d .*: 2 of 2 runs\n$`))
			Expect(text(dir, "sweep.json")).To(ContainSubstring(`"seed": 4`))
			Expect(text(dir, "runs", "2", "notes.txt")).To(Equal("mine"))
			Expect(filepath.Join(dir, "runs", "precious")).To(BeADirectory())
			prints(console.ExitOK, append(small("--force"), "--seeds", "3")...)
			Expect(filepath.Join(dir, "runs", "2", "result.json")).NotTo(BeAnExistingFile(), "it is of the sweep before")
		})
		DescribeTable("removes nothing if its plan cannot be one, whatever it is told", func(plan string) {
			Expect(os.WriteFile(filepath.Join(dir, "sweep.json"), []byte(plan), 0o600)).To(Succeed())
			_, said := prints(console.ExitUsage, small("--force")...)
			Expect(said).To(And(ContainSubstring("sweep.json is not that of a sweep"), Not(ContainSubstring("--force"))))
			Expect(filepath.Join(dir, "runs", "1", "result.json")).To(BeAnExistingFile())
		},
			Entry("no JSON", "no"), Entry("nothing", "null"), Entry("empty", "{}"),
			Entry("no runs", `{"scenario":"crash","seeds":[1]}`),
			Entry("a run of another number", `{"scenario":"crash","seeds":[1],"runs":[{"run":7,"values":[],"seed":1}]}`),
			Entry("a run of other settings", `{"scenario":"crash","seeds":[1],"runs":[{"run":1,"values":["2"],"seed":1}]}`),
		)
		It("is no place for the result of a run", func() {
			for _, more := range [][]string{nil, {"--force"}} {
				_, said := prints(console.ExitUsage, append([]string{"run", "steady", "--peers", "5", "--out", dir}, more...)...)
				Expect(said).To(ContainSubstring("this is the folder of a sweep: there is a sweep.json: give another directory\n"))
			}
		})
		It("goes on when the file of the scenario is named in another way", func() {
			other := filepath.Dir(file) + "/./mine.yaml"
			_, said := prints(console.ExitOK, append([]string{"sweep", other}, small()[2:]...)...)
			Expect(said).To(Equal("2 of 2 runs are there already\n"))
		})
		It("is not written by two sweeps at once", func() {
			other := flock.New(filepath.Join(dir, "sweep.lock"))
			Expect(other.TryLock()).To(BeTrue())
			_, said := prints(console.ExitUsage, small("--force")...)
			Expect(said).To(ContainSubstring("another sweep writes here: wait for its end"))
			Expect(filepath.Join(dir, "runs", "1", "result.json")).To(BeAnExistingFile())
			Expect(other.Close()).To(Succeed())
			prints(console.ExitOK, small()...)
		})
	})

	DescribeTable("writes into no directory that has other files, whatever it is told", func(name, said string) {
		dir := GinkgoT().TempDir()
		Expect(os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(dir, name), nil, 0o600)).To(Succeed())
		for _, more := range [][]string{nil, {"--force"}} {
			_, got := prints(console.ExitUsage, args(dir, more...)...)
			Expect(got).To(And(ContainSubstring(said+": give another directory\n"), Not(ContainSubstring("--force"))))
		}
		Expect(filepath.Join(dir, name)).To(BeAnExistingFile())
		Expect(filepath.Join(dir, "sweep.lock")).NotTo(BeAnExistingFile())
	},
		Entry("a file", "notes.txt", "has other files, such as notes.txt"),
		Entry("runs that are no sweep's", "runs/precious", "has other files, such as runs"),
		Entry("a run", "result.json", "this is the folder of a run: there is a result.json"),
	)

	It("begins where another was killed before it had a plan", func() {
		dir := GinkgoT().TempDir()
		for _, name := range []string{"sweep.lock", "sweep.json.part"} {
			Expect(os.WriteFile(filepath.Join(dir, name), nil, 0o600)).To(Succeed())
		}
		prints(console.ExitOK, "sweep", "steady", "--peers", "5", "--cycles", "1", "--seeds", "1", "--out", dir)
	})

	It("writes into no file", func() {
		file := filepath.Join(GinkgoT().TempDir(), "file")
		Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
		for _, args := range [][]string{args(file), {"run", "steady", "--out", file}} {
			_, said := prints(console.ExitUsage, args...)
			Expect(said).To(ContainSubstring("--out: " + file + " is a file, no directory: give another directory\n"))
		}
	})

	DescribeTable("with a mistake runs nothing", func(said string, args ...string) {
		dir := filepath.Join(GinkgoT().TempDir(), "out")
		_, got := prints(console.ExitUsage, append([]string{"sweep"}, append(args, "--out", dir)...)...)
		Expect(got).To(And(HavePrefix("mine: "), ContainSubstring(said), ContainSubstring("See 'mine sweep --help'.")))
		Expect(dir).NotTo(BeADirectory())
	},
		Entry("no scenario", "accepts 1 arg"),
		Entry("no such scenario", `"dance": no such scenario ships`, "dance"),
		Entry("an unknown key", `--set color=red: the scenario has no value "color"`, "crash", "--set", "color=red,blue"),
		Entry("no seeds", "--seeds many: expected seeds", "crash", "--seeds", "many"),
		Entry("no jobs", "--jobs is 0, must be at least 1", "crash", "--jobs", "0"),
		Entry("few jobs", "--jobs is -1", "crash", "--jobs", "-1"),
		Entry("more peers than can be", "--peers: expected 1 to", "crash", "--peers", "100000000"),
	)

	It("needs a directory", func() {
		_, said := prints(console.ExitUsage, "sweep", "crash")
		Expect(said).To(ContainSubstring("--out is missing"))
	})

	It("of runs for which there is not enough memory runs nothing", func() {
		DeferCleanup(func(before func() uint64) { availableMemory = before }, availableMemory)
		availableMemory = func() uint64 { return 1 << 30 }
		dir := filepath.Join(GinkgoT().TempDir(), "out")
		_, said := prints(console.ExitUsage, "sweep", "steady", "--peers", "10,1000000", "--out", dir)
		Expect(said).To(MatchRegexp(`sweep: run 6: 1000000 peers take about \d+\.\d GB of memory`))
		Expect(dir).NotTo(BeADirectory())
	})
})

var _ = Describe("the pool of a sweep", func() {
	// most runs a sweep, and returns how many runs were under way at once at most, and the
	// workers of each.
	most := func(p *pool, sets ...string) (together int, workers []int, err error) {
		axes, err := sweep.ParseAxes(append(sets, "cycles=1"))
		Expect(err).NotTo(HaveOccurred())
		plan, err := sweep.New(scenario.Options{Scenario: "steady"}, axes, []uint64{1, 2, 3, 4, 5, 6}, "")
		Expect(err).NotTo(HaveOccurred())
		var mu sync.Mutex
		now := 0
		p.do = func(_ context.Context, r sweep.Run, s *scenario.Scenario) error {
			mu.Lock()
			now++
			together = max(together, now)
			workers = append(workers, s.Workers)
			mu.Unlock()
			for range 100 {
				runtime.Gosched() // for the others to begin
			}
			mu.Lock()
			now--
			mu.Unlock()
			if r.Number == 4 && p.memory == 1 {
				return errors.New("broken")
			}
			return nil
		}
		err = p.all(context.Background(), plan.Runs)
		return together, workers, err
	}

	It("runs one a core", func() {
		together, workers, err := most(newPool(3, 0), "peers=10")
		Expect(err).NotTo(HaveOccurred())
		Expect(together).To(BeNumerically("<=", 3))
		Expect(workers).To(Equal([]int{1, 1, 1, 1, 1, 1}))
	})
	It("gives a run several cores where memory keeps others from running", func() {
		together, workers, err := most(newPool(4, 1<<20), "peers=100000", "latency=50ms")
		Expect(err).NotTo(HaveOccurred())
		Expect(together).To(Equal(1))
		Expect(workers).To(Equal([]int{4, 4, 4, 4, 4, 4}))
	})
	It("begins no run for which those under way leave too little memory", func() {
		s, err := scenario.Load(scenario.Options{Scenario: "steady", Peers: 100_000})
		Expect(err).NotTo(HaveOccurred())
		together, workers, err := most(newPool(4, 5*s.Estimate()/2), "peers=100000", "latency=1us")
		Expect(err).NotTo(HaveOccurred())
		Expect(together).To(BeNumerically("<=", 2))
		Expect(workers).To(Equal([]int{1, 1, 1, 1, 1, 1}), "two at once, for which several cores do not pay")
	})
	It("divides the cores among runs that are fewer", func() {
		_, workers, err := most(newPool(13, 0), "peers=100000", "latency=50ms")
		Expect(err).NotTo(HaveOccurred())
		Expect(workers).To(Equal([]int{2, 2, 2, 2, 2, 2}))
	})
	It("gives several cores to no run that has too little to do for them, at either level of detail", func() {
		for detail, peers := range map[string]string{"actors": "1", "arcs": "10"} {
			_, workers, err := most(newPool(12, 0), "latency=5ms", "detail="+detail, "peers="+peers)
			Expect(err).NotTo(HaveOccurred())
			Expect(workers).To(Equal([]int{1, 1, 1, 1, 1, 1}), detail)
			_, workers, err = most(newPool(12, 0), "latency=5ms", "detail="+detail, "peers="+peers+"000")
			Expect(err).NotTo(HaveOccurred())
			Expect(workers).To(Equal([]int{2, 2, 2, 2, 2, 2}), detail)
		}
	})
	It("gives a run no more workers than a scenario can have", func() {
		_, workers, err := most(newPool(1000, 1), "peers=100000", "latency=50ms")
		Expect(err).To(MatchError("broken"))
		Expect(workers).To(Equal([]int{256, 256, 256, 256}))
	})
	It("begins no other run after one that failed", func() {
		_, workers, err := most(newPool(1, 1), "peers=10")
		Expect(err).To(MatchError("broken"))
		Expect(workers).To(HaveLen(4))
	})
	It("says what failed also when it is interrupted meanwhile", func() {
		axes, err := sweep.ParseAxes([]string{"peers=10", "cycles=1"})
		Expect(err).NotTo(HaveOccurred())
		plan, err := sweep.New(scenario.Options{Scenario: "steady"}, axes, []uint64{1, 2}, "")
		Expect(err).NotTo(HaveOccurred())
		ctx, cancel := context.WithCancel(context.Background())
		p := newPool(2, 0)
		begun, stopped := make(chan struct{}), make(chan struct{})
		p.do = func(ctx context.Context, r sweep.Run, _ *scenario.Scenario) error {
			if r.Number == 1 {
				<-begun
				cancel()
				<-ctx.Done()
				defer close(stopped)
				return ctx.Err()
			}
			close(begun)
			<-stopped
			return errors.New("broken")
		}
		Expect(p.all(ctx, plan.Runs)).To(MatchError("broken"))
	})
})
