package lab_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/loopback"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

var (
	update = flag.Bool("update", false, "rewrite the golden transcripts in testdata, from the simulated world")
	world  = flag.String("world", "", "run all transcripts in this world only, sim or wrtc; default: all in sim, at both levels of detail, those that are quick in wrtc")
)

// A transcript is a script with what comes out of it in comments that begin with
// #>, so that it can be run as it is. "# slow" marks one that takes long in real
// time, "# sim only: why" one that cannot be the same there, "# sim only, with actors: why"
// one that cannot be the same at the level of arcs either.
const (
	outcome    = "#> "
	slow       = "# slow"
	simOnly    = "# sim only"
	withActors = "# sim only, with actors"
)

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		script := strip(string(golden))
		if *world != "wrtc" {
			t.Run("sim/"+name, func(t *testing.T) {
				got := transcript(t, simulated(t), file, script)
				if again := transcript(t, simulated(t), file, script); again != got {
					t.Errorf("another run gave another transcript:\n%s", again)
				}
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				compare(t, file, string(golden), got)
			})
		}
		if *world == "" && !*update {
			t.Run("arcs/"+name, func(t *testing.T) {
				if strings.Contains(script, withActors) {
					t.Skip("cannot be the same at the level of arcs")
				}
				compare(t, file, string(golden), transcript(t, byArcs(t), file, script))
			})
		}
		if *world == "wrtc" || *world == "" && !*update && !strings.Contains(script, slow) {
			t.Run("wrtc/"+name, func(t *testing.T) {
				if strings.Contains(script, simOnly) {
					t.Skip("cannot be the same over WebRTC")
				}
				t.Parallel()
				compare(t, file, string(golden), transcript(t, overWebRTC(t), file, script))
			})
		}
	}
}

func simulated(t *testing.T) worlds.World {
	t.Helper()
	w, err := lab.Sim(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func byArcs(t *testing.T) worlds.World {
	t.Helper()
	w, err := lab.Arcs()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func overWebRTC(t *testing.T) worlds.World {
	t.Helper()
	w, err := loopback.New(loopback.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// strip takes the outcomes out of a transcript.
func strip(transcript string) string {
	var b strings.Builder
	for line := range strings.Lines(transcript) {
		if !strings.HasPrefix(line, strings.TrimSpace(outcome)) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// transcript runs a script and puts what comes out of each line below it.
func transcript(t *testing.T, w worlds.World, file, script string) string {
	t.Helper()
	statements, err := lab.Parse(file, strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	l := lab.New(w)
	closed := false
	defer func() {
		if !closed {
			_ = l.Close()
		}
	}()
	if err := l.Prepare(statements); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	print := func(results []lab.Result, err error) {
		t.Helper()
		for _, r := range results {
			for line := range strings.Lines(r.String()) {
				fmt.Fprintf(&b, "%s%s\n", outcome, strings.TrimSuffix(line, "\n"))
			}
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", file, err, b.String())
		}
	}
	n := 0
	for line := range strings.Lines(script) {
		n++
		b.WriteString(line)
		if len(statements) > 0 && statements[0].Line == n {
			print(l.Do(context.Background(), statements[0]))
			statements = statements[1:]
		}
	}
	print(l.Await(context.Background()))
	closed = true
	if err := l.Close(); err != nil {
		t.Errorf("%s: the end: %v", file, err)
	}
	return b.String()
}

// compare shows the first line that differs.
func compare(t *testing.T, file, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	at := func(lines []string, i int) string {
		if i < len(lines) {
			return lines[i]
		}
		return "(end)"
	}
	for i := range max(len(wants), len(gots)) {
		if at(wants, i) != at(gots, i) {
			t.Errorf("%s:%d differs (rewrite with -update)\n got: %s\nwant: %s\nin:\n%s", file, i+1, at(gots, i), at(wants, i), got)
			return
		}
	}
}
