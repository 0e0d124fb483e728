package papers

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// cheap lists claims that mean something at 200 peers and take seconds. task
// papers:short checks all claims.
const cheap = "spray/indegrees,spray/removed-30,hyparview/symmetric,hyparview/active,hyparview/flood,plumtree/reliable,plumtree/crash-50"

var (
	peers   = flag.Int("peers", 200, "how many peers the experiments have")
	seeds   = flag.Int("seeds", 1, "how many runs there are of each experiment")
	stretch = flag.Int("stretch", 1, "by how much the experiments are longer")
	detail  = flag.String("detail", scenario.DetailArcs, "the level of detail of the simulated world, arcs or actors")
	only    = flag.String("only", cheap, "check the claims whose names begin with one of these, separated by commas; all: all of them")
	table   = flag.String("table", "", "write the results into docs/papers.md, into the part of this name of each paper")
)

// TestClaims checks the claims. Those that are no known miss must hold. A known
// miss that holds at the scale of the short table is no miss any more.
func TestClaims(t *testing.T) {
	claims := slices.DeleteFunc(Claims(), func(c Claim) bool {
		return *only != "all" && !slices.ContainsFunc(strings.Split(*only, ","), func(prefix string) bool { return strings.HasPrefix(c.Name, prefix) })
	})
	if len(claims) == 0 {
		t.Fatalf("no claim has a name that begins with one of %q", *only)
	}
	runs := Runs(claims, Scale{*peers, *seeds, *stretch, *detail})
	t.Run("runs", func(t *testing.T) {
		for _, r := range runs {
			t.Run(fmt.Sprintf("%s %s seed %d", r.Name, r.Sets, r.Seed), func(t *testing.T) {
				t.Parallel()
				if err := r.Do(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	outcomes := Outcomes(claims, runs)
	for _, o := range outcomes {
		switch {
		case o.Holds() && o.Miss != "" && *peers == 1_000 && *seeds == 5 && *stretch == 1:
			t.Errorf("holds, though it is known as a miss; remove its Miss and write the table again: %s", o)
		case o.Holds():
			t.Logf("holds: %s", o)
		case o.Miss != "":
			t.Logf("missed, as known (%s): %s", o.Miss, o)
		default:
			t.Errorf("missed: %s", o)
		}
	}
	if *table != "" {
		write(t, *table, outcomes)
	}
}

const document = "../../docs/papers.md"

// part finds the table of a paper in the document, between two marks.
func part(t *testing.T, text, paper, name string) (before, table, after string) {
	begin, end := fmt.Sprintf("<!-- %s %s -->\n", paper, name), fmt.Sprintf("<!-- end of %s %s -->\n", paper, name)
	before, rest, found := strings.Cut(text, begin)
	table, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no part %s %s", document, paper, name)
	}
	return before + begin, table, end + after
}

// write replaces the tables of the papers whose claims were all checked.
func write(t *testing.T, name string, outcomes []Outcome) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for paper := range Papers {
		of := slices.DeleteFunc(slices.Clone(outcomes), func(o Outcome) bool { return o.Paper != paper })
		if all := slices.DeleteFunc(Claims(), func(c Claim) bool { return c.Paper != paper }); len(of) < len(all) {
			continue
		}
		before, _, after := part(t, string(text), paper, name)
		text = []byte(before + "\n" + Table(of) + "\n" + after)
	}
	if err := os.WriteFile(document, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestExperiments checks that each claim has a unique name and names an existing
// experiment and paper.
func TestExperiments(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Claims() {
		if _, err := load(c.Of, Scale{Peers: 10, Seeds: 1, Stretch: 2, Detail: scenario.DetailArcs}, 1); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if names[c.Name] || Papers[c.Paper] == "" || c.Says == "" || c.Measured == "" || c.Section == "" {
			t.Errorf("%s is there twice, or lacks something", c.Name)
		}
		names[c.Name] = true
	}
}

// TestDocument checks that the tables have the claims and bounds of the code, each
// with its result, and each miss with its likely cause.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for name, peers := range map[string]int{"1k": 1_000, "10k": 10_000} {
		for paper := range Papers {
			_, table, _ := part(t, string(text), paper, name)
			if strings.TrimSpace(table) == "" {
				continue // not run with so many peers
			}
			for _, c := range Claims() {
				if c.Paper != paper {
					continue
				}
				_, row, found := strings.Cut(table, c.cells(peers)+" ")
				row, _, _ = strings.Cut(row, "\n")
				switch {
				case !found:
					t.Errorf("the table %s %s lacks %s as it is checked: %s", paper, name, c.Name, c.cells(peers))
				case !strings.HasSuffix(row, " | holds |") && (c.Miss == "" || !strings.HasSuffix(row, missed+c.Miss+" |")):
					t.Errorf("%s: the table says %q, the claim %q", c.Name, row, c.Miss)
				}
			}
		}
	}
}

// TestCutShort checks that a run that was cut short has no result.
func TestCutShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Runs(Claims(), Scale{10, 1, 1, scenario.DetailArcs})[0].Do(ctx); err == nil {
		t.Error("a run that was cut short has no error")
	}
}
