package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// The far end of a benchmark is the tested package's own test, built for this machine.
// With N2N_FAR (a room) and N2N_SIGNAL (the server's URL) in its environment, it is a
// peer of that room. It prints its PeerID and answers lines with lines.

// farBinary builds that test once, in the package's folder, where go test runs us.
var farBinary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "browsertest-far-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(folder, "far")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w: %s", err, out)
	}
	return binary, nil
})

func (h *hall) startFar(_ context.Context, q url.Values) (string, error) {
	binary, err := farBinary()
	if err != nil {
		return "", err
	}
	process := exec.Command(binary)
	process.Env = append(os.Environ(), "N2N_FAR="+q.Get("room"), "N2N_SIGNAL="+h.url())
	return h.keep(startFork(process))
}

func (h *hall) fork(_ context.Context, q url.Values) (string, error) {
	return h.keep(forkPeer(h.url(), q.Get("room")))
}

func (h *hall) keep(f *fork, id string, err error) (string, error) {
	if err == nil {
		h.mu.Lock()
		h.forks[id] = f
		h.mu.Unlock()
	}
	return id, err
}

func (h *hall) kill(_ context.Context, q url.Values) (string, error) {
	f, err := h.forked(q)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	delete(h.forks, q.Get("peer"))
	h.mu.Unlock()
	return "", f.end()
}

func (h *hall) say(_ context.Context, q url.Values) (string, error) {
	f, err := h.forked(q)
	if err != nil {
		return "", err
	}
	return f.say(q.Get("line"))
}

func (h *hall) forked(q url.Values) (*fork, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.forks[q.Get("peer")]
	if f == nil {
		return nil, fmt.Errorf("there is no process of a peer %q", q.Get("peer"))
	}
	return f, nil
}
