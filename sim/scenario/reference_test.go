package scenario_test

import (
	"errors"
	"os"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// frame is what a scenario of the tests has beside its name and peers.
const frame = "protocols: [spray, broadcast, echo]\nphases: [{join: {}}, {run: {cycles: 30}}]\n"

// levels say where the keys of a section of docs/scenarios.md stand, and which others must
// be beside them.
var levels = map[string]struct{ frame, needed string }{
	"The scenario": {"KEYS", "name: x\npeers: 10\n" + frame},
	"groups":       {"name: x\npeers: 10\n" + frame + "groups: [{KEYS}]\n", "fraction: 0.1, options: {spray.a: 2}"},
	"network":      {"name: x\npeers: 10\n" + frame + "network: {KEYS}\n", ""},
	"peer":         {"name: x\npeers: 10\n" + frame + "peer: {KEYS}\n", ""},
	"measure":      {"name: x\npeers: 10\n" + frame + "measure: {KEYS}\n", ""},
	"join":         {"name: x\npeers: 10\nprotocols: [spray]\nphases: [{join: {KEYS}}, {run: {cycles: 1}}]\n", ""},
	"run":          phaseLevel("run", "cycles: 10"),
	"crash":        phaseLevel("crash", "fraction: 0.5"),
	"leave":        phaseLevel("leave", "fraction: 0.5"),
	"churn":        phaseLevel("churn", "cycles: 10, rate: 0.1"),
	"partition":    phaseLevel("partition", "cycles: 10, fractions: [0.5, rest]"),
	"broadcast":    phaseLevel("broadcast", "cycles: 10, rate: 1"),
	"tell":         phaseLevel("tell", "protocol: echo, what: 7"),
}

func phaseLevel(kind, needed string) struct{ frame, needed string } {
	return struct{ frame, needed string }{
		"name: x\npeers: 10\nprotocols: [spray, broadcast, echo]\nphases: [{join: {}}, {run: {cycles: 1}}, {" + kind + ": {KEYS}}]\n", needed,
	}
}

// with returns the text of a level whose keys are the needed ones and an example, which takes
// the place of the needed one of its name.
func with(level, example string) string {
	l := levels[level]
	key, _, _ := strings.Cut(example, ":")
	separator := ", "
	if level == "The scenario" {
		separator = "\n"
	}
	var keys []string
	for _, needed := range regexp.MustCompile(`(?:^|, |\n)(\w+): (\[.*\]|\{.*\}|[^,\n]+)`).FindAllStringSubmatch(l.needed, -1) {
		if needed[1] != key {
			keys = append(keys, needed[1]+": "+needed[2])
		}
	}
	return strings.Replace(l.frame, "KEYS", strings.Join(append(keys, example), separator), 1)
}

var _ = Describe("the reference of scenarios", func() {
	read, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		panic(err)
	}
	page := string(read)
	sections := regexp.MustCompile(`(?m)^##+ (.*)$`).FindAllStringSubmatchIndex(page, -1)
	seen := map[string]bool{}
	for i, at := range sections {
		name, end := page[at[2]:at[3]], len(page)
		if i+1 < len(sections) {
			end = sections[i+1][0]
		}
		if _, known := levels[name]; !known {
			continue
		}
		seen[name] = true
		var rows [][]string // key, type, unit, default, example, what it is
		for line := range strings.Lines(page[at[1]:end]) {
			cells := strings.Split(strings.TrimSpace(line), " |")
			if !strings.HasPrefix(line, "| `") || len(cells) != 7 {
				continue
			}
			for i := range cells {
				cells[i] = strings.TrimSpace(strings.TrimPrefix(cells[i], "|"))
			}
			cells[0], cells[4] = strings.Trim(cells[0], "`"), strings.Trim(cells[4], "`")
			rows = append(rows, cells)
		}

		It("has the keys of "+name+" that the decoder knows, and no others", func() {
			_, err := ownScenario(with(name, "nonsense: 1"), "")
			var m *scenario.Mistake
			Expect(errors.As(err, &m)).To(BeTrue(), "%v", err)
			_, list, found := strings.Cut(m.What, `has no key "nonsense", expected one of `)
			Expect(found).To(BeTrue(), m.What)
			var keys []string
			for _, row := range rows {
				keys = append(keys, row[0])
			}
			Expect(keys).To(Equal(strings.Split(list, ", ")))
		})
		It("has examples in "+name+" that can be read", func() {
			for _, row := range rows {
				Expect(row[4]).To(HavePrefix(row[0] + ": "))
				_, err := ownScenario(with(name, row[4]), "")
				Expect(err).NotTo(HaveOccurred(), row[4])
			}
		})
		It("says in "+name+" which keys must be there", func() {
			for _, row := range rows {
				_, err := ownScenario(strings.Replace(with(name, row[0]+": REMOVED"), row[0]+": REMOVED", "", 1), "")
				if strings.Contains(row[3], "must be there") {
					Expect(err).To(HaveOccurred(), row[0])
				} else {
					Expect(err).NotTo(HaveOccurred(), row[0])
				}
			}
		})
	}
	It("has all levels", func() { Expect(seen).To(HaveLen(len(levels))) })
})
