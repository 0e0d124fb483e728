package bench

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/internal/console"
)

var _ = Describe("diff", func() {
	It("of two runs says each value that differs, and the settings that made it", func() {
		dir := GinkgoT().TempDir()
		run := func(name string, more ...string) string {
			path := filepath.Join(dir, name)
			prints(console.ExitOK, append([]string{"run", "steady", "--peers", "10", "--cycles", "2", "--out", path}, more...)...)
			return path
		}
		a, same, other := run("a"), run("same"), run("other", "--set", "spray.a=2")
		out, _ := prints(console.ExitOK, "diff", a, same)
		Expect(out).To(HaveSuffix("\n0 of 24 metrics differ.\n"))
		out, said := prints(console.ExitFailed, "diff", a, other)
		Expect(said).To(BeEmpty(), "as diff does")
		Expect(out).To(And(
			MatchRegexp(`(?m)^protocols\.1\.options\.a +1 +2$`), MatchRegexp(`(?m)^settings\.set\.1 +spray\.a=2$`),
			MatchRegexp(`(?m)^arcs, at the end +[\d.]+ +[\d.]+$`), MatchRegexp(`(?m)^\d+ of 24 metrics differ\.$`),
		))
		Expect(out).NotTo(ContainSubstring("alive"), "which is the same")
	})

	It("of two sweeps says what differs beyond the spread over seeds", func() {
		dir := GinkgoT().TempDir()
		sweep := func(name, seeds string, more ...string) string {
			path := filepath.Join(dir, name)
			prints(console.ExitOK, append([]string{"sweep", "steady", "--peers", "20", "--cycles", "3", "--seeds", seeds, "--set", "linger=30s,60s", "--out", path}, more...)...)
			return path
		}
		a, seeds, more := sweep("a", "1..3"), sweep("seeds", "4..6"), sweep("more", "1..3", "--set", "spray.a=3")
		out, _ := prints(console.ExitOK, "diff", a, seeds)
		Expect(out).To(And(MatchRegexp(`(?m)^seeds +\[1 2 3\] +\[4 5 6\]$`), HaveSuffix("\n0 of 48 metrics differ.\n")))
		out, _ = prints(console.ExitFailed, "diff", a, more)
		Expect(out).To(MatchRegexp(`(?m)^path_mean, linger=30s +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+$`))

		Expect(os.RemoveAll(filepath.Join(a, "runs", "2"))).To(Succeed())
		_, said := prints(console.ExitUsage, "diff", a, more)
		Expect(said).To(ContainSubstring("a run is not done, call sweep again"))
	})

	It("compares runs of the same settings, whether they are single, of a sweep with one value or with several", func() {
		dir := GinkgoT().TempDir()
		path := func(name string) string { return filepath.Join(dir, name) }
		begin := func(command, name string, more ...string) {
			prints(console.ExitOK, append([]string{command, "crash", "--cycles", "3", "--out", path(name)}, more...)...)
		}
		begin("run", "run", "--peers", "10", "--seed", "1")
		begin("sweep", "one", "--peers", "10", "--seeds", "1..2")
		begin("sweep", "several", "--peers", "10,20", "--seeds", "1..2")
		begin("sweep", "fractions", "--peers", "10", "--seeds", "1..2", "--set", "fraction=0.2,0.5")
		begin("sweep", "elsewhere", "--peers", "30,40", "--seeds", "1")

		out, _ := prints(console.ExitOK, "diff", path("one"), path("several"))
		Expect(out).To(And(MatchRegexp(`(?m)^peers=20 +not in the other$`), MatchRegexp(`\n0 of \d\d metrics differ\.\n$`)))
		out, _ = prints(console.ExitOK, "diff", path("several"), path("run"))
		Expect(out).To(And(MatchRegexp(`(?m)^peers=20 +not in the other`), MatchRegexp(`\n0 of \d\d metrics differ\.\n$`)))
		Expect(out).To(MatchRegexp(`(?m)^peers +10, 20 +10$`), "all values of what varies")
		out, _ = prints(console.ExitOK, "diff", path("run"), path("fractions"))
		Expect(out).To(And(MatchRegexp(`(?m)^fraction=0.2 +not in the other$`), Not(ContainSubstring("fraction=0.5 ")), MatchRegexp(`\n0 of \d\d metrics differ\.\n$`)))
		_, said := prints(console.ExitUsage, "diff", path("one"), path("elsewhere"))
		Expect(said).To(ContainSubstring("nothing can be compared: " + path("one") + " and " + path("elsewhere") + " have no runs of the same settings"))
	})

	DescribeTable("says which file is none of a result", func(name, content, said string) {
		dir := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600)).To(Succeed())
		_, got := prints(console.ExitUsage, "diff", dir, dir)
		Expect(got).To(ContainSubstring(said))
	},
		Entry("an empty plan", "sweep.json", "{}", "sweep.json is not that of a sweep: it names no scenario"),
		Entry("no plan", "sweep.json", "null", "sweep.json is not that of a sweep: it names no scenario"),
		Entry("an empty result", "result.json", "{}", "result.json is not the result of a run"),
		Entry("no result", "result.json", "null", "result.json is not the result of a run"),
	)

	It("says what is no result", func() {
		dir := GinkgoT().TempDir()
		_, said := prints(console.ExitUsage, "diff", dir, dir)
		Expect(said).To(ContainSubstring("diff: " + dir + " has neither a result.json nor a sweep.json"))
		Expect(os.WriteFile(filepath.Join(dir, "result.json"), []byte("{"), 0o600)).To(Succeed())
		_, said = prints(console.ExitUsage, "diff", dir, dir)
		Expect(said).To(ContainSubstring("result.json: unexpected end of JSON input"))
	})
})
