package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/web/program"
)

// serve runs the program on a free port and returns its URL. Build replaces the build
// of the tab's program. Stop ends the program, as Ctrl-C would.
func serve(t *testing.T, build func(context.Context) (program.Program, error)) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- run(ctx, "127.0.0.1:0", build, func(url string) { ready <- url }) }()
	select {
	case url = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	return url, func() error { cancel(); return <-ended }
}

func built(context.Context) (program.Program, error) {
	return program.Program{Wasm: []byte("the program"), Glue: []byte("the glue")}, nil
}

func get(t *testing.T, url string) (status int, body string, header http.Header) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(b), response.Header
}

var named = regexp.MustCompile(`(?:from|src=|href=) ?"([\w./-]+\.(?:js|css|svg))"`)

// The files that the page and its modules name are served, with the right types.
func TestPage(t *testing.T) {
	url, stop := serve(t, built)
	kinds := map[string]string{".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
	found := []string{"/index.html", "/n2n/index.js"}
	for i := 0; i < len(found); i++ {
		at := found[i]
		request := at
		if at == "/index.html" {
			request = "/"
		}
		status, body, header := get(t, url+request)
		if kind := header.Get("Content-Type"); status != http.StatusOK || !strings.HasPrefix(kind, kinds[path.Ext(at)]) {
			t.Errorf("%s: status %d, %s", at, status, kind)
		}
		if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "'wasm-unsafe-eval'") || strings.Contains(policy, "'unsafe-inline'") {
			t.Errorf("%s: policy %q", at, policy)
		}
		for _, m := range named.FindAllStringSubmatch(body, -1) {
			name := m[1]
			if !strings.HasPrefix(name, "/") {
				name = path.Join(path.Dir(at), name)
			}
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	for _, name := range []string{"/main.js", "/board.js", "/picture.css", "/icon.svg", "/n2n/peer.js"} {
		if !slices.Contains(found, name) {
			t.Errorf("%s is named nowhere; found %v", name, found)
		}
	}
	for name, want := range map[string]string{"/n2n/n2n.wasm.gz": "the program", "/n2n/wasm_exec.js": "the glue"} {
		if status, body, _ := get(t, url+name); status != http.StatusOK || body != want {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
	if status, _, _ := get(t, url+"/main.go"); status != http.StatusNotFound {
		t.Errorf("/main.go: %d", status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestPageSaysWhyTheProgramIsNotThere(t *testing.T) {
	url, stop := serve(t, func(context.Context) (program.Program, error) {
		return program.Program{}, errors.New("the Go tool is missing")
	})
	if status, body, _ := get(t, url+"/n2n/n2n.wasm.gz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "the Go tool is missing") {
		t.Errorf("%d %q", status, body)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
