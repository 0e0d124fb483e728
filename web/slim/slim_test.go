package slim

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	root       = "../.."
	protoactor = "github.com/asynkron/protoactor-go"
)

// peer lists the packages of a tab's program.
var peer = []string{"./actors", "./wrtc", "./signaling", "./protocols/...", "./web/tab"}

func TestAPeerHasNoServerInIt(t *testing.T) {
	w, err := newWorkspace(t.Context(), root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.run(t.Context(), append([]string{"list", "-deps"}, peer...)...)
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, protoactor+"/actor") || !slices.Contains(packages, "syscall/js") {
		t.Error("these are not the packages of a tab")
	}
	for _, name := range packages {
		for _, heavy := range []string{
			"net", "net/http", "crypto/tls", "crypto/x509", "database/sql/driver", "text/template", "regexp",
			"github.com/coder/websocket", "github.com/prometheus/", "go.opentelemetry.io/otel/", "github.com/google/uuid",
		} {
			if name == heavy || strings.HasSuffix(heavy, "/") && strings.HasPrefix(name, heavy) && !isStub(name) {
				t.Errorf("a tab would load %s: see who imports it (go list -deps), and leave it out or cut it", name)
			}
		}
	}
}

func isStub(name string) bool {
	_, err := stubFiles.ReadDir("_stubs/" + name)
	return err == nil
}

func TestFunctionsAreCutWithTheirImports(t *testing.T) {
	source := `package p

import (
	_ "embed"
	"fmt"
	"net/http"
	h "hash"
	"example.com/lib/v4"
)

// serve goes, its comment stays.
func serve() {
	http.Handle("/", nil)
	lib.Do()
	fmt.Println()
}

type T struct{}

func (t *T) hash() h.Hash { return nil }
func (t *T) stay() { fmt.Println("serve") }
`
	want := `package p

import (
	_ "embed"
	"fmt"



)

// serve goes, its comment stays.






type T struct{}


func (t *T) stay() { fmt.Println("serve") }
`
	got, err := without("p.go", []byte(source), []string{"serve", "T.hash"})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(got), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	if text := strings.Join(lines, "\n"); text != want {
		t.Errorf("left:\n%s", text)
	}
}

func TestAChangedLibraryIsTold(t *testing.T) {
	for _, c := range []struct {
		file, name string
		want       string
	}{
		{"actor/config.go", "startPrometheus", "actor/config.go has 0 of the functions startPrometheus"},
		{"actor/metrics/server.go", "serve", "lacks a file"},
	} {
		err := cut{module: protoactor, names: map[string][]string{c.file: {c.name}}}.copy(t.Context(), root, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "mend the cuts in web/slim") {
			t.Errorf("%s of %s: %v, want %q", c.name, c.file, err, c.want)
		}
	}
}

func TestTheCompilerSaysWhatAStubLacks(t *testing.T) {
	folder := t.TempDir()
	w, err := newWorkspace(t.Context(), root, folder)
	if err != nil {
		t.Fatal(err)
	}
	more := "package actor\n\nimport \"go.opentelemetry.io/otel/metric\"\n\nvar _ = metric.WithMore\n"
	if err := os.WriteFile(filepath.Join(folder, protoactor, "actor", "more.go"), []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.run(t.Context(), "build", "./actors"); err == nil || !strings.Contains(err.Error(), "undefined: metric.WithMore") {
		t.Errorf("the error is %v, want that of the compiler", err)
	}
}

func TestTheUsersSettingsAreForOtherBuilds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte("GOFLAGS=-mod=mod -tags=other\nGO111MODULE=off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", file) // as go env -w has it
	t.Setenv("GOWORK", filepath.Join(t.TempDir(), "missing.work"))
	w, err := newWorkspace(t.Context(), root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.run(t.Context(), "list", "-f", "{{.Name}} {{context.BuildTags}}", "./web/tab")
	if text := strings.TrimSpace(string(out)); err != nil || text != "main []" {
		t.Errorf("the tab's peer is %q, %v", text, err)
	}
}

func TestABuildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(t.TempDir(), "hello.wasm")
	err := Build(ctx, root, "./examples/hello", file)
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("the error is %v, want that of the context", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("there is a file")
	}
}
