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

// maxWait is how long a request waits for the program to be built: from nothing, on a
// busy machine, that takes some minutes.
const maxWait = 5 * time.Minute

// Handler serves the program and its JavaScript under /n2n/, each file with an ETag
// and to be asked for again (Cache-Control: no-cache). What is being built is waited
// for, at most five minutes; 503 and a text say that it takes longer, or why it failed.
type Handler struct {
	mux  *http.ServeMux
	done chan struct{}

	// Once done is closed.
	program Program
	err     error
}

// Start begins to build, with Build or what stands for it, and returns at once. When
// ctx ends first, the build fails.
func Start(ctx context.Context, build func(context.Context) (Program, error)) *Handler {
	h := &Handler{mux: http.NewServeMux(), done: make(chan struct{})}
	h.mux.HandleFunc("GET /n2n/"+WasmFile, h.serveBuilt)
	h.mux.HandleFunc("GET /n2n/"+GlueFile, h.serveBuilt)
	files, _ := fs.Glob(npm.Files, "*") // a good pattern
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

// Done is closed when the program was built, or could not be.
func (h *Handler) Done() <-chan struct{} { return h.done }

// Built returns the program once Done is closed, or why there is none.
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
