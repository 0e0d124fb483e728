// Package n2n_test checks the rules of the house that the linters cannot check.
package n2n_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deterministicFolders are the folders in which the same seed must give the same run. Only the
// turns of actors run there, and only the peer's clock tells time.
var deterministicFolders = []string{"actors", "protocols", "sim", "examples/template", "examples/average/pushsum"}

func TestDeterministicFolders(t *testing.T) {
	read := 0
	for _, folder := range deterministicFolders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			if path == filepath.FromSlash("sim/internal/together/together.go") {
				return nil // its workers run in windows in which no peer hears of another
			}
			read++
			found, err := breaches(path, nil)
			for _, breach := range found {
				t.Error(breach)
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	if read == 0 {
		t.Error("no file was read")
	}
}

func TestBreachesAreFound(t *testing.T) {
	for name, src := range map[string]string{
		"goroutine":      `package p; func f() { go f() }`,
		"nested":         `package p; func f() { _ = func() { go f() } }`,
		"mutex":          `package p; import "sync"; type t struct{ mu sync.Mutex }`,
		"embedded mutex": `package p; import "sync"; type t struct{ *sync.RWMutex }`,
		"renamed import": `package p; import s "sync"; var mu s.Mutex`,
		"dot import":     `package p; import . "sync"; var mu Mutex`,
		"timeout":        `package p; func f(c ctx) { c.SetReceiveTimeout(1) }`,
		"future":         `package p; func f(c ctx) { c.Root().RequestFuture(nil, nil, 1) }`,
	} {
		if found, err := breaches(name+".go", src); err != nil || len(found) != 1 {
			t.Errorf("%s: found %q, error %v; want one breach", name, found, err)
		}
	}
	allowed := `package p; import "sync/atomic"; type Mutex struct{ n atomic.Int64 }; func f(mu Mutex) { f(mu) }`
	if found, err := breaches("allowed.go", allowed); err != nil || len(found) != 0 {
		t.Errorf("allowed: found %q, error %v; want none", found, err)
	}
}

// breaches parses a file, or src under its name, and returns where it starts a goroutine,
// takes a lock or waits on wall time through the actor library.
func breaches(path string, src any) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []string
	breach := func(at token.Pos, what string) {
		found = append(found, fmt.Sprintf("%s: %s", files.Position(at), what))
	}
	sync := ""
	for _, spec := range file.Imports {
		if spec.Path.Value != `"sync"` {
			continue
		}
		sync = "sync"
		if spec.Name != nil {
			sync = spec.Name.Name
		}
		if sync == "." {
			breach(spec.Pos(), `a dot import of "sync" hides locks`)
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt:
			breach(node.Pos(), "a goroutine; state belongs to an actor, which is sent messages")
		case *ast.SelectorExpr:
			owner, _ := node.X.(*ast.Ident)
			switch node.Sel.Name {
			case "Mutex", "RWMutex":
				if owner != nil && owner.Name == sync {
					breach(node.Pos(), "a lock; state belongs to one actor")
				}
			case "SetReceiveTimeout", "RequestFuture":
				breach(node.Pos(), node.Sel.Name+" runs on wall time; use the peer's clock")
			}
		}
		return true
	})
	return found, nil
}

// The program in the README is that of examples/hello, which is compiled.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(filepath.Join("examples", "hello", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```go\n"+string(example)+"```") {
		t.Error("the Go program in README.md is not examples/hello/main.go: copy it there")
	}
	if lines := strings.Count(string(example), "\n"); lines > 25 {
		t.Errorf("hello has %d lines, at most 25 are allowed", lines)
	}
}
