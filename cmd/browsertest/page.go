package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/coder/websocket"
)

//go:embed page.html
var page []byte

// pages serves the page that runs the test, and the files that the page needs.
type pages struct {
	wasm, glue string // files: the test, and Go's wasm_exec.js
	args       []string
	exited     chan string // the test's exit code, or how its page failed
}

func newPages(ctx context.Context, wasm string, args []string) (*pages, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	return &pages{
		wasm: wasm, glue: filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"),
		args: append([]string{filepath.Base(wasm)}, args...), exited: make(chan string, 1),
	}, nil
}

// serve serves the pages and the hall on loopback until stop is called.
func serve(p *pages, h *hall) (stop func(), err error) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) })
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, p.glue) })
	mux.HandleFunc("GET /test.wasm", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		http.ServeFile(w, r, p.wasm)
	})
	mux.HandleFunc("GET /setup", p.setup)
	mux.HandleFunc("GET /out", p.out)
	mux.HandleFunc("GET /hostile", hostile)
	h.handle(mux)
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }()
	h.address = listener.Addr().String()
	return func() { _ = server.Close() }, nil
}

// setup gives a tab its arguments and environment. The query of its URL is added to the
// environment.
func (p *pages) setup(w http.ResponseWriter, r *http.Request) {
	env := map[string]string{"N2N_HOST": r.Host}
	for key, values := range r.URL.Query() {
		maps.Copy(env, map[string]string{key: values[0]})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"args": p.args, "env": env})
}

// out receives a tab's output, and its exit code as text. The exit code counts for the
// first tab only, which is the tab of the test.
func (p *pages) out(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(16 << 20)
	code := "the page is gone"
	for {
		kind, b, err := conn.Read(r.Context())
		if err != nil {
			break
		}
		if kind == websocket.MessageText {
			code = string(b)
			break
		}
		_, _ = os.Stdout.Write(b)
	}
	if r.URL.RawQuery == "" {
		p.exited <- code
	}
}
