package protocoltest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts in testdata")

// TB is the part of a *testing.T or a GinkgoT() that Golden needs.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Golden compares a transcript with the file NAME.txt in testdata. It rewrites that
// file when the test runs with -update.
func Golden(t TB, name, transcript string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatalf("golden: %v", err)
		}
		if err := os.WriteFile(path, []byte(transcript), 0o644); err != nil {
			t.Fatalf("golden: %v", err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden: %v (make it with -update)", err)
		return
	}
	if string(want) == transcript {
		return
	}
	got, old := strings.Split(transcript, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(old)) {
		if i >= len(got) || i >= len(old) || got[i] != old[i] {
			t.Errorf("%s:%d differs (rewrite with -update)\n got: %s\nwant: %s", path, i+1, line(got, i), line(old, i))
			return
		}
	}
}

func line(lines []string, i int) string {
	if i >= len(lines) {
		return "(end)"
	}
	return lines[i]
}
