package bench

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

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
		Expect(said).To(BeEmpty(), "no progress where there is no terminal")
		Expect(out).To(And(
			MatchRegexp(`(?m)^metric +protocol=spray spray.a=1 +protocol=spray spray.a=2 +protocol=cyclon$`),
			MatchRegexp(`(?m)^alive +10 ± 0 +10 ± 0 +10 ± 0$`), MatchRegexp(`(?m)^view_mean +[\d.]+ ± [\d.]+ `),
			HaveSuffix("crash: 9 runs. Means at the end over 3 seeds ± half of their 95 % intervals.\n"),
		))
		lines, err := csv.NewReader(strings.NewReader(text(dir, "results.csv"))).ReadAll()
		Expect(err).NotTo(HaveOccurred())
		Expect(lines[0]).To(Equal([]string{"run", "scenario", "detail", "seed", "protocol", "spray.a", "cycle", "virtual_seconds", "metric", "value"}))
		Expect(len(lines)).To(BeNumerically(">", 9*4*15))
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
		Expect(said).To(MatchRegexp(`^\d of 9 runs are there already\n$`))
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
			Expect(got).To(And(HavePrefix("mine: sweep: "), ContainSubstring(said), ContainSubstring("--force to begin anew")))
			Expect([]string{text(dir, "sweep.json"), text(dir, "results.csv"), text(dir, "runs", "1", "result.json")}).To(Equal(before))
		},
			Entry("a scenario that changed", "mine.yaml has changed since", func() []string {
				Expect(os.WriteFile(file, []byte(strings.Replace(text(file), "fraction: 0.5", "fraction: 0.4", 1)), 0o600)).To(Succeed())
				return small()
			}),
			Entry("other seeds", "has another sweep: its seeds are 1..2, not 1..3", func() []string { return append(small(), "--seeds", "1..3") }),
			Entry("other settings", "its settings are peers=5 cycles=3, not fraction=0.3 peers=5 cycles=3", func() []string { return small("--set", "fraction=0.3") }),
			Entry("a file that is no plan", "sweep.json is not that of a sweep", func() []string {
				Expect(os.WriteFile(filepath.Join(dir, "sweep.json"), []byte("no"), 0o600)).To(Succeed())
				return small()
			}),
		)
		It("begins anew when it is told to", func() {
			_, said := prints(console.ExitOK, append(small("--force"), "--seeds", "3..4")...)
			Expect(said).To(BeEmpty())
			Expect(text(dir, "sweep.json")).To(ContainSubstring(`"seed": 4`))
		})
		It("is no place for the result of a run", func() {
			_, said := prints(console.ExitUsage, "run", "steady", "--peers", "5", "--out", dir)
			Expect(said).To(ContainSubstring("there is a sweep.json already"))
		})
	})

	It("writes into no directory that has other files", func() {
		dir := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600)).To(Succeed())
		_, said := prints(console.ExitUsage, args(dir)...)
		Expect(said).To(ContainSubstring("has other files, such as notes.txt"))
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
		Expect(workers).To(HaveLen(6))
	})
	It("gives a run several cores where memory keeps others from running", func() {
		together, workers, err := most(newPool(4, 1<<20), "peers=100000", "latency=50ms")
		Expect(err).NotTo(HaveOccurred())
		Expect(together).To(Equal(1))
		Expect(workers).To(Equal([]int{4, 4, 4, 4, 4, 4}))
	})
	It("gives the last runs the cores that are free", func() {
		_, workers, err := most(newPool(4, 0), "peers=10")
		Expect(err).NotTo(HaveOccurred())
		slices.Sort(workers)
		Expect(workers[:4]).To(Equal([]int{1, 1, 1, 1}))
	})
	It("begins no other run after one that failed", func() {
		_, workers, err := most(newPool(1, 1), "peers=10")
		Expect(err).To(MatchError("broken"))
		Expect(workers).To(HaveLen(4))
	})
})
