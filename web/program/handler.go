package program

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/web/npm"
)

// maxWait is how long a request waits until the program is built. A first build on a
// busy machine takes some minutes.
const maxWait = 5 * time.Minute

// Handler serves the program and its JavaScript under /n2n/. Each file has an ETag and
// Cache-Control: no-cache. A request waits at most five minutes for a build. After
// that, or if the build failed, it answers 503 with a text.
type Handler struct {
	mux  *http.ServeMux
	done chan struct{}

	// Valid when done is closed.
	program Program
	err     error
}

// Start begins to build with the given function, usually Build, and returns at once. If
// ctx ends first, the build fails.
func Start(ctx context.Context, build func(context.Context) (Program, error)) *Handler {
	h := &Handler{mux: http.NewServeMux(), done: make(chan struct{})}
	h.mux.HandleFunc("GET /n2n/"+WasmFile, h.serveBuilt)
	h.mux.HandleFunc("GET /n2n/"+GlueFile, h.serveBuilt)
	files, _ := fs.Glob(npm.Files, "*") // a valid pattern
	for _, file := range files {
		b, _ := npm.Files.ReadFile(file) // embedded
		h.mux.HandleFunc("GET /n2n/"+file, func(w http.ResponseWriter, r *http.Request) { serve(w, r, b) })
	}
	go func() {
		defer close(h.done)
		h.program, h.err = build(ctx)
	}()
	return h
}

// Done returns a channel that is closed when the build has succeeded or failed.
func (h *Handler) Done() <-chan struct{} { return h.done }

// Built returns the program, or the error of the build. Call it when Done is closed.
func (h *Handler) Built() (Program, error) { return h.program, h.err }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// serveBuilt waits for the program and serves a part of it.
func (h *Handler) serveBuilt(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), maxWait, errors.New("it is still being built: try again in a minute"))
	defer cancel()
	select {
	case <-h.done:
	case <-ctx.Done():
		unavailable(w, context.Cause(ctx))
		return
	}
	switch {
	case h.err != nil:
		unavailable(w, h.err)
	case path.Base(r.URL.Path) == WasmFile:
		serve(w, r, h.program.Wasm)
	default:
		serve(w, r, h.program.Glue)
	}
}

func unavailable(w http.ResponseWriter, err error) {
	http.Error(w, fmt.Sprintf("the program of a tab's peer is not there: %v", err), http.StatusServiceUnavailable)
}

func serve(w http.ResponseWriter, r *http.Request, b []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType(r.URL.Path))
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(b)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

func contentType(file string) string {
	switch {
	case strings.HasSuffix(file, ".js"):
		return "text/javascript; charset=utf-8"
	case strings.HasSuffix(file, ".gz"):
		return "application/gzip"
	default:
		return "text/plain; charset=utf-8"
	}
}
