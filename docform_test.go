package n2n_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The linter looks at the doc comments of exported names only. In this repository the doc
// comments of other names begin with the name as well.
func TestDocCommentsBeginWithTheName(t *testing.T) {
	read := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || strings.HasPrefix(path, ".") && path != "."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".pb.go"):
			return nil
		}
		read++
		found, err := misnamed(path, nil)
		for _, f := range found {
			t.Error(f)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if read < 300 {
		t.Errorf("%d files were read; they are not found any more", read)
	}
}

func TestMisnamedCommentsAreFound(t *testing.T) {
	for src, want := range map[string]int{
		"// f does.\nfunc f() {}":                              0,
		"// A T is one.\ntype T int":                           0,
		"func f() {}":                                          0,
		"// Claims of a test.\nfunc TestF() {}":                0,
		"// The kinds.\nconst (\n\t// a is one.\n\ta = 1\n)":   0,
		"//go:noinline\nfunc f() {}":                           0,
		"// f: it does.\nfunc f() {}":                          1,
		"// Does it.\nfunc f() {}":                             1,
		"// Does it.\nfunc (t T) f() {}":                       1,
		"// One.\ntype T int":                                  1,
		"// One.\nvar a, b = 1, 2":                             1,
		"// The kinds.\nconst (\n\t// One.\n\ta = 1\n)":        1,
		"// The events.\ntype (\n\t// One: it is.\n\tT int\n)": 1,
	} {
		if found, err := misnamed("some_test.go", "package p\n"+src); err != nil || len(found) != want {
			t.Errorf("%q: found %q, error %v; want %d", src, found, err, want)
		}
	}
}

// claim matches the names of tests, whose comments say what the test claims.
var claim = regexp.MustCompile(`^(Test|Benchmark|Example|Fuzz)`)

// misnamed parses a file, or src under its name, and returns the doc comments that
// do not begin with the name that they document.
func misnamed(path string, src any) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []string
	check := func(doc *ast.CommentGroup, name string) {
		words := strings.Fields(doc.Text())
		if len(words) > 1 && (words[0] == "A" || words[0] == "An" || words[0] == "The") {
			words = words[1:]
		}
		if len(words) > 0 && words[0] != name {
			found = append(found, fmt.Sprintf("%s: the comment must begin with %q", files.Position(doc.Pos()), name))
		}
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if !strings.HasSuffix(path, "_test.go") || !claim.MatchString(decl.Name.Name) {
				check(decl.Doc, decl.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				var doc *ast.CommentGroup
				if !decl.Lparen.IsValid() {
					doc = decl.Doc
				}
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Doc != nil {
						doc = spec.Doc
					}
					check(doc, spec.Name.Name)
				case *ast.ValueSpec:
					if spec.Doc != nil {
						doc = spec.Doc
					}
					if spec.Names[0].Name != "_" {
						check(doc, spec.Names[0].Name)
					}
				}
			}
		}
	}
	return found, nil
}
