//go:build !js

package program

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/web/npm"
)

const patience = 2 * time.Minute

var _ = Describe("A handler", func() {
	var (
		handler *Handler
		finish  func(Program, error) // the build
	)
	get := func(ctx context.Context, method, path string, header ...string) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(ctx, method, path, nil)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request)
		return w
	}
	BeforeEach(func(ctx SpecContext) {
		type result struct {
			program Program
			err     error
		}
		built := make(chan result, 1)
		finish = func(p Program, err error) { built <- result{p, err} }
		building, cancel := context.WithCancel(context.Background())
		DeferCleanup(cancel)
		handler = Start(building, func(ctx context.Context) (Program, error) {
			select {
			case r := <-built:
				return r.program, r.err
			case <-ctx.Done():
				return Program{}, ctx.Err()
			}
		})
	})

	It("serves the program, and says that it need not be sent again", func(ctx SpecContext) {
		finish(Program{Wasm: []byte("wasm"), Glue: []byte("glue")}, nil)
		w := get(ctx, "GET", "/n2n/n2n.wasm.gz")
		Expect(w.Code).To(Equal(http.StatusOK))
		Expect(w.Body.String()).To(Equal("wasm"))
		Expect(w.Header()).To(HaveKeyWithValue("Content-Type", []string{"application/gzip"}))
		Expect(w.Header()).To(HaveKeyWithValue("Content-Length", []string{"4"}))
		Expect(w.Header()).To(HaveKeyWithValue("Cache-Control", []string{"no-cache"}))
		Expect(w.Header()).NotTo(HaveKey("Content-Encoding"))

		again := get(ctx, "GET", "/n2n/n2n.wasm.gz", "If-None-Match", w.Header().Get("ETag"))
		Expect(again.Code).To(Equal(http.StatusNotModified))
		Expect(again.Body.Len()).To(BeZero())
		other := get(ctx, "GET", "/n2n/wasm_exec.js", "If-None-Match", w.Header().Get("ETag"))
		Expect(other.Code).To(Equal(http.StatusOK))
		Expect(other.Body.String()).To(Equal("glue"))
		Expect(other.Header().Get("Content-Type")).To(HavePrefix("text/javascript"))
	}, SpecTimeout(patience))

	It("serves the modules that pages import while the program is built", func(ctx SpecContext) {
		files, err := fs.Glob(npm.Files, "*")
		Expect(err).NotTo(HaveOccurred())
		Expect(files).To(ContainElements("index.js", "index.d.ts"))
		for _, file := range files {
			w := get(ctx, "GET", "/n2n/"+file)
			Expect(w.Code).To(Equal(http.StatusOK), file)
			Expect(w.Header().Get("ETag")).NotTo(BeEmpty())
			if strings.HasSuffix(file, ".js") {
				Expect(w.Header().Get("Content-Type")).To(HavePrefix("text/javascript"))
			}
		}
		Expect(get(ctx, "GET", "/n2n/index.js").Body.String()).To(ContainSubstring("createPeer"))
	}, SpecTimeout(patience))

	It("lets requests wait for the program, as long as they want to", func(ctx SpecContext) {
		waiting := make(chan *httptest.ResponseRecorder)
		go func() { waiting <- get(ctx, "GET", "/n2n/n2n.wasm.gz") }()
		impatient, cancel := context.WithCancel(ctx)
		cancel()
		Expect(get(impatient, "GET", "/n2n/wasm_exec.js").Code).To(Equal(http.StatusServiceUnavailable))
		Expect(handler.Done()).NotTo(BeClosed())
		finish(Program{Wasm: []byte("wasm")}, nil)
		Eventually(waiting).WithContext(ctx).Should(Receive(HaveField("Code", http.StatusOK)))
		Expect(handler.Done()).To(BeClosed())
	}, SpecTimeout(patience))

	It("answers 503 with the reason when there is none", func(ctx SpecContext) {
		finish(Program{}, errors.New("the compiler has a cold"))
		for _, file := range []string{"n2n.wasm.gz", "wasm_exec.js"} {
			w := get(ctx, "GET", "/n2n/"+file)
			Expect(w.Code).To(Equal(http.StatusServiceUnavailable))
			Expect(w.Body.String()).To(ContainSubstring("the compiler has a cold"))
			Expect(w.Header().Get("Content-Type")).To(HavePrefix("text/plain"))
		}
		_, err := handler.Built()
		Expect(err).To(MatchError("the compiler has a cold"))
	}, SpecTimeout(patience))

	DescribeTable("has nothing else", func(ctx SpecContext, method, path string, status int) {
		Expect(get(ctx, method, path).Code).To(Equal(status))
	},
		Entry("no other file", "GET", "/n2n/embed.go", http.StatusNotFound, SpecTimeout(patience)),
		Entry("no folder", "GET", "/n2n/", http.StatusNotFound, SpecTimeout(patience)),
		Entry("nothing above it", "GET", "/n2n/%2e%2e/go.mod", http.StatusNotFound, SpecTimeout(patience)),
		Entry("nothing to write", "POST", "/n2n/n2n.wasm.gz", http.StatusMethodNotAllowed, SpecTimeout(patience)),
	)
})
