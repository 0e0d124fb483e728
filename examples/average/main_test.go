package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
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

// A scenario can name push-sum and its options, and what it sends is measured.
func TestScenario(t *testing.T) {
	sent := func(period string) float64 {
		var out bytes.Buffer
		if err := runScenario(context.Background(), "churn.yaml", []string{"pushsum.period=" + period}, &out); err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(out.String(), "bytes_sent ")
		bytes, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !strings.Contains(out.String(), "\nalive 100\n") {
			t.Fatalf("%v: it prints\n%s", err, &out)
		}
		return bytes
	}
	if often, seldom := sent("1s"), sent("4s"); often < seldom+200_000 {
		t.Errorf("%v bytes with a share a second, %v with one in 4 s", often, seldom)
	}
	err := runScenario(context.Background(), "churn.yaml", []string{"pushsum.rounds=0"}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "pushsum: Rounds is 0, must be 1 to 500") {
		t.Errorf("an option that breaks a rule: %v", err)
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
