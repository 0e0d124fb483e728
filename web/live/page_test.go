package live

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("The page", func() {
	get := func(method, at string, header ...string) *http.Response {
		GinkgoHelper()
		p, err := newPage()
		Expect(err).NotTo(HaveOccurred())
		r := httptest.NewRequest(method, at, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		return w.Result()
	}
	body := func(answer *http.Response) string {
		GinkgoHelper()
		text, err := io.ReadAll(answer.Body)
		Expect(err).NotTo(HaveOccurred())
		return string(text)
	}

	It("has all that it names", func() {
		index := body(get("GET", "/"))
		named := regexp.MustCompile(`(?:src|href)="([^"#:]+)"`).FindAllStringSubmatch(index, -1)
		Expect(len(named)).To(BeNumerically(">=", 2))
		for _, file := range named {
			answer := get("GET", path.Join("/", file[1]))
			Expect(answer.StatusCode).To(Equal(http.StatusOK), file[1])
			Expect(body(answer)).NotTo(BeEmpty())
			Expect(answer.Header.Get("Content-Type")).NotTo(ContainSubstring("octet"), file[1])
		}
		Expect(get("GET", "/assets/page.js").Header.Get("Content-Type")).To(HavePrefix("text/javascript"))
	})

	It("is asked for again, and comes again only when it is another", func() {
		first := get("GET", "/assets/page.js")
		Expect(first.Header.Get("Cache-Control")).To(Equal("no-cache"))
		Expect(get("GET", "/assets/page.js", "If-None-Match", first.Header.Get("ETag")).StatusCode).To(Equal(http.StatusNotModified))
		Expect(get("GET", "/assets/page.css", "If-None-Match", first.Header.Get("ETag")).StatusCode).To(Equal(http.StatusOK))
	})

	It("keeps to its own server, runs no scripts of others, and is framed by nobody", func() {
		for _, at := range []string{"/", "/assets/page.js", "/nothing"} {
			header := get("GET", at).Header
			Expect(header.Get("Content-Security-Policy")).To(And(
				ContainSubstring("default-src 'self'"), ContainSubstring("script-src 'self' 'wasm-unsafe-eval';"),
				ContainSubstring("connect-src 'self' ws: wss:;"), ContainSubstring("frame-ancestors 'none'")))
			Expect(header.Get("X-Content-Type-Options")).To(Equal("nosniff"))
		}
	})

	DescribeTable("has nothing else", func(method, at string, status int) {
		Expect(get(method, at).StatusCode).To(Equal(status))
	},
		Entry("a folder", "GET", "/assets/", http.StatusNotFound),
		Entry("a file outside", "GET", "/../doc.go", http.StatusNotFound),
		Entry("the folder's name", "GET", "/dist/index.html", http.StatusNotFound),
		Entry("a write", "POST", "/", http.StatusMethodNotAllowed),
	)
})
