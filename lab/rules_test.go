package lab_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/lab"
)

// rules is how many rules of arcs there are (docs/architecture.md).
const rules = 12

// shows is the comment at the head of a transcript: which rules it shows, and how.
var shows = regexp.MustCompile(`(?m)^# rules? ([0-9, ]+): `)

// transcriptsByRule lists the transcripts of testdata by the rules they show.
func transcriptsByRule(t *testing.T) map[int][]string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	by := map[int][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head := shows.FindStringSubmatch(string(text))
		if head == nil {
			continue // it shows something of the language
		}
		for number := range strings.SplitSeq(head[1], ", ") {
			rule, err := strconv.Atoi(number)
			if err != nil || rule < 1 || rule > rules {
				t.Fatalf("%s shows rule %q, which is none", file, number)
			}
			by[rule] = append(by[rule], strings.TrimSuffix(filepath.Base(file), ".txt"))
		}
	}
	return by
}

// Each rule of arcs has transcripts, and docs/lab.md lists them.
func TestRulesHaveTranscripts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "lab.md"))
	if err != nil {
		t.Fatal(err)
	}
	by := transcriptsByRule(t)
	for rule := 1; rule <= rules; rule++ {
		if len(by[rule]) == 0 {
			t.Errorf("no transcript shows rule %d", rule)
			continue
		}
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d\. [^|]+ \| (.*) \|$`, rule)).FindStringSubmatch(string(text))
		want := strings.Join(by[rule], ", ")
		if row == nil {
			t.Errorf("docs/lab.md has no row for rule %d, shown by %s", rule, want)
		} else if row[1] != want {
			t.Errorf("docs/lab.md says of rule %d: %s; the transcripts say: %s", rule, row[1], want)
		}
	}
}

// Each verb of the language stands in a transcript, and in docs/lab.md.
func TestVerbsHaveTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		script, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		statements, err := lab.Parse(file, script)
		_ = script.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements {
			used[s.Verb] = true
		}
	}
	if verbs := lab.Verbs(); !slices.Equal(slices.Sorted(maps.Keys(used)), slices.Sorted(slices.Values(verbs))) {
		t.Errorf("transcripts use %v; the verbs are %v", slices.Sorted(maps.Keys(used)), verbs)
	}
	text, err := os.ReadFile(filepath.Join("..", "docs", "lab.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range lab.Verbs() {
		if !regexp.MustCompile("`" + verb + "[ `]").Match(text) {
			t.Errorf("docs/lab.md does not explain %s", verb)
		}
	}
}
