package papers

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var (
	peers   = flag.Int("peers", 200, "how many peers the experiments have")
	seeds   = flag.Int("seeds", 2, "how many runs there are of each experiment")
	stretch = flag.Int("stretch", 1, "by how much the experiments are longer")
	only    = flag.String("only", "", "check the claims only whose names begin so")
	table   = flag.String("table", "", "write the results into the part of docs/papers.md of this name")
)

// TestClaims checks the claims: those that are no known miss hold.
func TestClaims(t *testing.T) {
	var claims []Claim
	for _, c := range Claims() {
		if strings.HasPrefix(c.Name, *only) {
			claims = append(claims, c)
		}
	}
	runs := Runs(claims, Scale{*peers, *seeds, *stretch})
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

// write replaces the part of the document between two marks.
func write(t *testing.T, part string, outcomes []Outcome) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := fmt.Sprintf("<!-- %s -->\n", part), fmt.Sprintf("<!-- end of %s -->\n", part)
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no part %s", document, part)
	}
	if err := os.WriteFile(document, []byte(before+begin+"\n"+Table(outcomes)+end+after), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestExperiments: each claim names an experiment and a paper that there are, and
// a name of its own.
func TestExperiments(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Claims() {
		if _, err := load(c.Of, Scale{Peers: 10, Seeds: 1, Stretch: 2}, 1); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if names[c.Name] || Papers[c.Paper] == "" || c.Says == "" || c.Measured == "" || c.Section == "" {
			t.Errorf("%s is there twice, or lacks something", c.Name)
		}
		names[c.Name] = true
	}
}

// TestCutShort: a run that was cut short has no result.
func TestCutShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Runs(Claims(), Scale{10, 1, 1})[0].Do(ctx); err == nil {
		t.Error("a run that was cut short has no error")
	}
}
