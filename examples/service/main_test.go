package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/signaling/server"
)

// replica is the program, run as a process of its own.
type replica struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *bufio.Reader
	says *bytes.Buffer // on stderr; to be read once it has ended
	url  string
}

func start(t *testing.T, binary, signal string) *replica {
	t.Helper()
	r := &replica{t: t, cmd: exec.Command(binary, "-signal", signal, "-http", "127.0.0.1:0", "-loopback"), says: &bytes.Buffer{}}
	r.cmd.Stderr = r.says
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	r.out = bufio.NewReader(out)
	_, url, ok := strings.Cut(r.line(), " serves on ")
	if !ok {
		_ = r.cmd.Wait()
		t.Fatalf("the replica does not say where it serves; it says %s", r.says)
	}
	r.url = url
	return r
}

func (r *replica) line() string {
	line, _ := r.out.ReadString('\n')
	return strings.TrimSpace(line)
}

func (r *replica) do(method, path, body string) (status int, text string) {
	r.t.Helper()
	request, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(b)
}

// neighbors returns the connections that /peers lists.
func (r *replica) neighbors() []string {
	r.t.Helper()
	status, text := r.do("GET", "/peers", "")
	var peers struct {
		Self                         string
		Connections, Outview, Inview []string
	}
	if err := json.Unmarshal([]byte(text), &peers); err != nil || status != http.StatusOK || len(peers.Self) != 32 {
		r.t.Fatalf("/peers: status %d, %v: %s", status, err, text)
	}
	if len(peers.Connections) > 0 && len(peers.Outview)+len(peers.Inview) == 0 {
		r.t.Fatalf("/peers: connections without arcs: %s", text)
	}
	return peers.Connections
}

// becomes waits until a key has this status.
func (r *replica) becomes(key string, status int) {
	r.t.Helper()
	gomega.NewWithT(r.t).Eventually(func() int {
		now, _ := r.do("GET", "/items/"+key, "")
		return now
	}).WithTimeout(time.Minute).Should(gomega.Equal(status))
}

// has waits until the replica has this number of neighbours.
func (r *replica) has(neighbors int) {
	r.t.Helper()
	gomega.NewWithT(r.t).Eventually(r.neighbors).WithTimeout(time.Minute).Should(gomega.HaveLen(neighbors))
}

func TestReplicasForgetWhatAnotherStores(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "service")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	rooms, err := server.New(server.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(rooms)
	defer listener.Close()
	signal := "ws" + strings.TrimPrefix(listener.URL, "http")
	a, b := start(t, binary, signal), start(t, binary, signal)
	a.has(1)
	b.has(1)

	// Only Enter needs the signaling server.
	if err := rooms.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	a.do("PUT", "/items/sky", "black")
	if status, text := b.do("PUT", "/items/sky", "grey"); status != http.StatusOK || text != "grey" {
		t.Fatalf("PUT: %d %s", status, text)
	}
	a.becomes("sky", http.StatusNotFound)
	a.do("PUT", "/items/sky", "blue")
	b.becomes("sky", http.StatusNotFound)
	if status, text := a.do("GET", "/items/sky", ""); status != http.StatusOK || text != "blue" {
		t.Errorf("a forgot what it stored itself: %d %s", status, text)
	}
	for path, body := range map[string]string{"/items/" + strings.Repeat("k", maxKey+1): "v", "/items/k": strings.Repeat("v", maxValue+1)} {
		if status, _ := a.do("PUT", path, body); status != http.StatusRequestEntityTooLarge {
			t.Errorf("PUT of %d bytes to a path of %d: %d", len(body), len(path), status)
		}
	}

	// A replica that is asked to stop leaves in order, and the other one is told.
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if line := b.line(); line != "left" {
		t.Errorf("the last line is %q", line)
	}
	if err := b.cmd.Wait(); err != nil {
		t.Errorf("b: %v: %s", err, b.says)
	}
	a.has(0)
}
