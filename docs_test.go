package n2n_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shortNames are the types that docs/from-n2n-wrtc.md names without a package.
var shortNames = map[string]string{"Peer": "actors.Peer", "Port": "protocols.Port"}

// folders are the folders of the packages that the page names.
var folders = map[string]string{
	"n2n": ".", "actors": "actors", "messages": "messages", "protocols": "protocols", "wrtc": "wrtc",
	"client": "signaling/client", "hall": "signaling/hall", "server": "signaling/server", "several": "signaling/several",
	"sim": "sim", "scenario": "sim/scenario", "lab": "lab",
}

// Each thing of the earlier systems has a counterpart that exists, or “none”.
func TestCounterpartsExist(t *testing.T) {
	text, err := os.ReadFile("docs/from-n2n-wrtc.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]map[string]bool{}
	rows := 0
	for n, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 2 || strings.HasPrefix(line, "| ---") || strings.TrimSpace(cells[1]) == "n2n-wrtc" {
			continue
		}
		if len(cells) != 5 {
			t.Errorf("line %d has %d columns, want 3", n+1, len(cells)-2)
			continue
		}
		rows++
		names := quoted.FindAllStringSubmatch(cells[2], -1)
		if len(names) == 0 && strings.TrimSpace(cells[2]) != "none" && strings.TrimSpace(cells[2]) != "Here" {
			t.Errorf("line %d names no counterpart: %s", n+1, line)
		}
		for _, name := range names {
			if err := exists(known, name[1]); err != nil {
				t.Errorf("line %d: %v", n+1, err)
			}
		}
	}
	if rows < 100 {
		t.Errorf("%d rows were read; the tables are not found any more", rows)
	}
}

func TestMissingCounterpartsAreFound(t *testing.T) {
	known := map[string]map[string]bool{}
	for _, name := range []string{
		"Peer.Open", "Port.Open", "actors.Start", "actors.Config.Linger", "messages.ErrSelf", "messages.PeerDown.In",
		"messages.Views.To", "messages.MaxChunks", "messages.Signal", "server.Server.ListenAndServe", "n2n.Peer.Actors", "scenario.Run",
	} {
		if err := exists(known, name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{
		"Open", "Peer", "Peer.Nothing", "Nobody.Open", "nowhere.Open", "actors.Nothing", "actors.Config.Nothing",
		"actors.shell", "actors.Peer.pid", "actors.startChat", "connect()",
	} {
		if exists(known, name) == nil {
			t.Errorf("%s is said to exist", name)
		}
	}
}

// The pages that explain the files name only files that exist, and the page of package actors
// names each file of the package.
func TestPagesNameTheFiles(t *testing.T) {
	var own []string
	for page, folders := range map[string][]string{
		"actors/doc.go":        {"actors"},
		"docs/architecture.md": {".", "actors", "actors/internal"},
	} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		names := goFile.FindAllString(string(text), -1)
		if len(names) < 20 {
			t.Errorf("%s names %d files; they are not found any more", page, len(names))
		}
		for _, name := range names {
			if !slices.ContainsFunc(folders, func(folder string) bool {
				_, err := os.Stat(filepath.Join(folder, name))
				return err == nil
			}) {
				t.Errorf("%s names %s, which is in none of the folders %v", page, name, folders)
			}
		}
		if page == "actors/doc.go" {
			own = names
		}
	}
	files, err := filepath.Glob("actors/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if name != "doc.go" && !strings.HasSuffix(name, "_test.go") && !slices.Contains(own, name) {
			t.Errorf("actors/doc.go does not say what %s is for", name)
		}
	}
}

// goFile matches the name of a Go file, with its folders.
var goFile = regexp.MustCompile(`[\w/]+\.go\b`)

var quoted = regexp.MustCompile("`([^`]*)`")

// exists returns an error for a name such as actors.Peer.Open or Peer.Open that does not
// exist. known has the exported names of the packages that were read.
func exists(known map[string]map[string]bool, name string) error {
	first, rest, _ := strings.Cut(name, ".")
	if full := shortNames[first]; full != "" && rest != "" {
		return exists(known, full+"."+rest)
	}
	folder := folders[first]
	if folder == "" {
		return fmt.Errorf("%q names no package, nor one of %v", name, shortNames)
	}
	if known[first] == nil {
		names, err := exported(folder)
		if err != nil {
			return err
		}
		known[first] = names
	}
	if !known[first][rest] {
		return fmt.Errorf("package %s has no %q", folder, rest)
	}
	return nil
}

// exported lists what a package exports: Name, Type.Method and Type.Field.
func exported(folder string) (map[string]bool, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			declared(names, decl)
		}
	}
	for name := range names {
		for part := range strings.SplitSeq(name, ".") {
			if !ast.IsExported(part) {
				delete(names, name)
			}
		}
	}
	return names, nil
}

// declared adds the names of a declaration.
func declared(names map[string]bool, decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		names[receiver(decl)+decl.Name.Name] = true
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names[name.Name] = true
				}
			case *ast.TypeSpec:
				names[spec.Name.Name] = true
				for _, field := range members(spec.Type) {
					for _, name := range field.Names {
						names[spec.Name.Name+"."+name.Name] = true
					}
				}
			}
		}
	}
}

// receiver is the type of a method and a dot, empty for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name + "."
	}
	return "."
}

// members are the fields of a struct or the methods of an interface.
func members(of ast.Expr) []*ast.Field {
	switch of := of.(type) {
	case *ast.StructType:
		return of.Fields.List
	case *ast.InterfaceType:
		return of.Methods.List
	default:
		return nil
	}
}
