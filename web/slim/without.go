package slim

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// without returns a Go file without the functions of these names, methods as
// "Type.Method", and the imports that only they used. It is an error if one is not
// there.
func without(name string, source []byte, functions []string) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var gone []ast.Node
	used, orphans := map[string]bool{}, map[string]bool{}
	for _, declaration := range file.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && slices.Contains(functions, nameOf(f)) {
			gone = append(gone, f)
			collect(f, orphans)
		} else {
			collect(declaration, used)
		}
	}
	if len(gone) != len(functions) {
		return nil, fmt.Errorf("%s has %d of the functions %s", name, len(gone), strings.Join(functions, ", "))
	}
	for _, spec := range file.Imports {
		if local := localName(spec); orphans[local] && !used[local] {
			gone = append(gone, spec)
		}
	}
	// Line ends stay, for the line numbers of the rest.
	cut := slices.Clone(source)
	for _, node := range gone {
		for i := files.Position(node.Pos()).Offset; i < files.Position(node.End()).Offset; i++ {
			if cut[i] != '\n' {
				cut[i] = ' '
			}
		}
	}
	return cut, nil
}

// nameOf is the name of a function, or "Type.Method".
func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if owner, ok := of.(*ast.Ident); ok {
		return owner.Name + "." + f.Name.Name
	}
	return ""
}

// collect adds the names before a dot, among which are the packages.
func collect(node ast.Node, names map[string]bool) {
	ast.Inspect(node, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if owner, ok := selector.X.(*ast.Ident); ok {
				names[owner.Name] = true
			}
		}
		return true
	})
}

var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// localName is the name of an import, where it has none of its own by custom the
// last word of its path. If it is not, the compiler says so.
func localName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	whole, _ := strconv.Unquote(spec.Path.Value) // it was parsed
	return path.Base(majorVersion.ReplaceAllString(whole, ""))
}
