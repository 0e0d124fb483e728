package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/bench"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

func TestRealPeersAgree(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var out bytes.Buffer
	if err := runRoom(ctx, 4, &out); err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^\w{6} has  [1-4]0, and thinks that the average is 2[45]\.\d$`).FindAllString(out.String(), -1)
	if len(lines) != 4 || !strings.HasSuffix(out.String(), "It is 25.0.\n") {
		t.Errorf("it prints\n%s", &out)
	}
	if err := runRoom(ctx, 0, &out); err == nil || err.Error() != "-peers is 0, must be 1 to 1000" {
		t.Errorf("a room for nobody: %v", err)
	}
}

// The commands of n2n sim run push-sum: what it sends is measured, and so are the averages, of
// groups with other numbers, and after half of the peers were told another one.
func TestScenario(t *testing.T) {
	run := func(code int, args ...string) (out, said string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		args = append([]string{"average sim"}, args...)
		if got := bench.Run(context.Background(), args, &stdout, &stderr, kind); got != code {
			t.Fatalf("%q: exit code %d, want %d: %s", args, got, code, &stderr)
		}
		return stdout.String(), stderr.String()
	}
	result := func(period string) scenario.Result {
		t.Helper()
		var r scenario.Result
		out, _ := run(0, "run", "churn.yaml", "--json", "--set", "pushsum.period="+period)
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	often, seldom := result("1s"), result("4s")
	if a, b := often.Metrics.Get("bytes_sent"), seldom.Metrics.Get("bytes_sent"); a < b+200_000 {
		t.Errorf("%v bytes with a share a second, %v with one in 4 s", a, b)
	}
	const average = "pushsum.average_mean"
	if before, after := often.Series[4].Metrics.Get(average), often.Metrics.Get(average); math.Abs(before-60) > 3 || math.Abs(after-30) > 10 {
		t.Errorf("averages of %v before half of the peers were told 0, and %v after", before, after)
	}
	if _, said := run(2, "run", "churn.yaml", "--set", "pushsum.rounds=0"); !strings.Contains(said, "average: sim run: --set pushsum.rounds=0: pushsum: Rounds is 0, must be 1 to 500") {
		t.Errorf("an option that breaks a rule: %s", said)
	}
	folder := filepath.Join(t.TempDir(), "swept")
	run(0, "sweep", "churn.yaml", "--peers", "30", "--seeds", "1..2", "--set", "pushsum.period=1s,2s", "--out", folder)
	table, err := os.ReadFile(filepath.Join(folder, "results.csv"))
	if err != nil || !strings.Contains(string(table), ",pushsum.average_stddev,") {
		t.Errorf("%v: the table of the sweep has no averages", err)
	}
}

// The lab runs it, and shows what it emits.
func TestLab(t *testing.T) {
	var out bytes.Buffer
	if err := runLab(context.Background(), "three.lab", &out); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), `pushsum emitted "average 20`) != 2 {
		t.Errorf("it prints\n%s", &out)
	}
	script := filepath.Join(t.TempDir(), "script.lab")
	if err := os.WriteFile(script, []byte("peers a\nrun a pushsun\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := runLab(context.Background(), script, &out); err == nil || !strings.Contains(err.Error(), ", pushsum;") {
		t.Errorf("a protocol that is not known: %v", err)
	}
}
