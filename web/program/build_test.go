//go:build !js

package program

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func unpacked(b []byte) []byte {
	GinkgoHelper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	Expect(err).NotTo(HaveOccurred())
	wasm, err := io.ReadAll(r)
	Expect(err).NotTo(HaveOccurred())
	return wasm
}

var _ = Describe("A build", func() {
	It("makes the program of the sources, and Go's part of it", func(ctx SpecContext) {
		built, err := buildAt(ctx, compiledFrom(), GinkgoT().TempDir())
		Expect(err).NotTo(HaveOccurred())
		Expect(unpacked(built.Wasm)).To(HavePrefix("\x00asm"))
		Expect(string(built.Glue)).To(ContainSubstring("globalThis.Go"))

		folder := GinkgoT().TempDir()
		Expect(built.Write(folder)).To(Succeed())
		Expect(os.ReadFile(filepath.Join(folder, "n2n.wasm.gz"))).To(Equal(built.Wasm))
		Expect(os.ReadFile(filepath.Join(folder, "wasm_exec.js"))).To(Equal(built.Glue))
	}, SpecTimeout(10*time.Minute)) // for a first build, which compiles everything

	It("says what the compiler says", func(ctx SpecContext) {
		root := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(root, "go.mod"), []byte("module "+module+"\n\ngo 1.26\n"), 0o644)).To(Succeed())
		_, err := buildAt(ctx, root, "")
		Expect(err).To(MatchError(ContainSubstring("program: ")))
	}, SpecTimeout(time.Minute))

	It("ends with its context", func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := buildAt(ctx, compiledFrom(), "")
		Expect(err).To(HaveOccurred())
	})

	It("needs the go tool, and says so", func(ctx SpecContext) {
		GinkgoT().Setenv("PATH", GinkgoT().TempDir())
		_, err := Build(ctx)
		Expect(err).To(MatchError(And(ContainSubstring("go tool"), ContainSubstring("https://go.dev/dl"))))
	}, SpecTimeout(time.Minute))
})

var _ = Describe("The sources", func() {
	It("are those that the program was compiled from", func(ctx SpecContext) {
		root, err := findSources(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(filepath.Join(root, "web", "program", "build_test.go")).To(BeAnExistingFile())
	}, SpecTimeout(time.Minute))

	It("are found whatever the user's settings for other builds are", func(ctx SpecContext) {
		file := filepath.Join(GinkgoT().TempDir(), "env")
		Expect(os.WriteFile(file, []byte("GOFLAGS=-mod=vendor\nGO111MODULE=off\n"), 0o644)).To(Succeed())
		GinkgoT().Setenv("GOENV", file) // as go env -w writes it
		Expect(goTool(ctx, "", "list", "-m", "-f", "{{.Dir}}", module)).To(Equal(compiledFrom()))
	}, SpecTimeout(time.Minute))

	It("are no other module's, nor of a version without them", func() {
		folder := GinkgoT().TempDir()
		Expect(isModule("")).To(BeFalse())
		Expect(isModule(folder)).To(BeFalse())
		Expect(os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module "+module+"\n"), 0o644)).To(Succeed())
		Expect(isModule(folder)).To(BeFalse())
		Expect(os.MkdirAll(filepath.Join(folder, "web", "tab"), 0o755)).To(Succeed())
		Expect(isModule(folder)).To(BeTrue())
		Expect(os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module example.org/other\n"), 0o644)).To(Succeed())
		Expect(isModule(folder)).To(BeFalse())
	})

	It("that are nowhere are told, with what to do", func(ctx SpecContext) {
		_, err := download(ctx, "")
		Expect(err).To(MatchError(And(ContainSubstring("not here"), ContainSubstring("clone"))))
		GinkgoT().Setenv("GOPROXY", "off")
		_, err = download(ctx, "v999.0.0")
		Expect(err).To(MatchError(And(ContainSubstring("cannot be downloaded"), ContainSubstring("clone"), ContainSubstring("GOPROXY=off"))))
	}, SpecTimeout(time.Minute))
})

var _ = Describe("The cache", func() {
	wasm := bytes.Repeat([]byte("wasm"), 1<<16)

	It("keeps what was compressed", func() {
		cache := GinkgoT().TempDir()
		b, err := compress(wasm, cache)
		Expect(err).NotTo(HaveOccurred())
		Expect(unpacked(b)).To(Equal(wasm))
		files, _ := filepath.Glob(filepath.Join(cache, "*"))
		Expect(files).To(HaveLen(1))
		kept, err := os.Stat(files[0])
		Expect(err).NotTo(HaveOccurred())
		Expect(compress(wasm, cache)).To(Equal(b))
		after, err := os.Stat(files[0])
		Expect(err).NotTo(HaveOccurred())
		Expect(os.SameFile(kept, after)).To(BeTrue(), "it was compressed again")
	})

	DescribeTable("that holds something else is not believed", func(damage func([]byte) []byte) {
		cache := GinkgoT().TempDir()
		b, err := compress(wasm, cache)
		Expect(err).NotTo(HaveOccurred())
		files, _ := filepath.Glob(filepath.Join(cache, "*"))
		Expect(os.WriteFile(files[0], damage(b), 0o644)).To(Succeed())
		again, err := compress(wasm, cache)
		Expect(err).NotTo(HaveOccurred())
		Expect(unpacked(again)).To(Equal(wasm))
		Expect(os.ReadFile(files[0])).To(Equal(again))
	},
		Entry("nothing", func([]byte) []byte { return nil }),
		Entry("a part", func(b []byte) []byte { return b[:len(b)/2] }),
		Entry("another program", func([]byte) []byte {
			b, err := compress([]byte("other"), "")
			Expect(err).NotTo(HaveOccurred())
			return b
		}),
	)

	It("that cannot be written costs time only", func() {
		b, err := compress(wasm, filepath.Join(GinkgoT().TempDir(), "missing"))
		Expect(err).NotTo(HaveOccurred())
		Expect(unpacked(b)).To(Equal(wasm))
	})

	It("bears several at once, and shows nothing half written", func() {
		cache := GinkgoT().TempDir()
		var all sync.WaitGroup
		errs := make(chan error, 8)
		for range cap(errs) {
			all.Go(func() {
				b, err := compress(wasm, cache)
				if err == nil && !unpacks(b, wasm) {
					err = errors.New("what came back is something else")
				}
				errs <- err
			})
		}
		all.Wait()
		for range cap(errs) {
			Expect(<-errs).To(Succeed())
		}
		files, _ := filepath.Glob(filepath.Join(cache, "*"))
		Expect(files).To(HaveLen(1))
		left, _ := filepath.Glob(filepath.Join(cache, ".*"))
		Expect(left).To(BeEmpty())
	})

	It("forgets the oldest", func() {
		cache := GinkgoT().TempDir()
		for i := range keptPrograms + 3 {
			_, err := compress([]byte{byte(i)}, cache)
			Expect(err).NotTo(HaveOccurred())
			files, _ := filepath.Glob(filepath.Join(cache, "*"))
			for _, file := range files { // all are older than the next ones
				info, err := os.Stat(file)
				Expect(err).NotTo(HaveOccurred())
				Expect(os.Chtimes(file, time.Time{}, info.ModTime().Add(-time.Hour))).To(Succeed())
			}
		}
		files, _ := filepath.Glob(filepath.Join(cache, "*"))
		Expect(files).To(HaveLen(keptPrograms))
		newest := keptPrograms + 2
		b, err := compress([]byte{byte(newest)}, "")
		Expect(err).NotTo(HaveOccurred())
		found := false
		for _, file := range files {
			kept, err := os.ReadFile(file)
			Expect(err).NotTo(HaveOccurred())
			found = found || bytes.Equal(kept, b)
		}
		Expect(found).To(BeTrue(), "the newest is gone")
	})
})
