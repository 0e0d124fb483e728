package main

import (
	"os/exec"
	"path/filepath"
	"testing"
)

const output = `Three applications talk:
  connections: 1 used, 0 lingering; handshakes so far: 1
  chat      arcs out 2, in 0
  presence  arcs out 0, in 1
  metrics   arcs out 1, in 0

Chat and metrics are closed:
  connections: 1 used, 0 lingering; handshakes so far: 1
  chat      arcs out 0, in 0
  presence  arcs out 0, in 1
  metrics   arcs out 0, in 0

Presence is closed, too:
  connections: 0 used, 1 lingering; handshakes so far: 1
  chat      arcs out 0, in 0
  presence  arcs out 0, in 0
  metrics   arcs out 0, in 0

Chat is back, without a handshake:
  connections: 1 used, 0 lingering; handshakes so far: 1
  chat      arcs out 1, in 0
  presence  arcs out 0, in 0
  metrics   arcs out 0, in 0
`

func TestApplicationsShareOneConnection(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "shared")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	out, err := exec.Command(binary).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
	}
	if string(out) != output {
		t.Errorf("got:\n%s\nwant:\n%s", out, output)
	}
}
