package program

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

const module = "github.com/n2n-overlay/n2n"

// findSources returns the root folder of the module's sources.
func findSources(ctx context.Context) (string, error) {
	if root := compiledFrom(); isModule(root) {
		return root, nil
	}
	// The binary has no paths: it runs in a clone, or in a module that requires this
	// one.
	if root, err := goTool(ctx, "", "list", "-m", "-f", "{{.Dir}}", module); err == nil && isModule(root) {
		return root, nil
	}
	return download(ctx, version())
}

// compiledFrom returns the folder from which this package was compiled, if the
// binary tells.
func compiledFrom() string {
	_, file, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(file) {
		return "" // -trimpath
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

func isModule(root string) bool {
	if root == "" {
		return false
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !strings.HasPrefix(string(mod), "module "+module+"\n") {
		return false
	}
	_, err = os.Stat(filepath.Join(root, "web", "tab"))
	return err == nil
}

// version returns the module version of this binary. It is empty if others cannot
// get that version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && m.Replace == nil && m.Version != "(devel)" && !strings.Contains(m.Version, "+dirty") {
			return m.Version
		}
	}
	return ""
}

// download gets the sources of a version, or returns an error if there are none.
func download(ctx context.Context, version string) (string, error) {
	const todo = "run this in a clone of https://" + module + " or in a module that requires it"
	if version == "" {
		return "", fmt.Errorf("program: the sources of a tab's peer are not here: %s", todo)
	}
	out, err := goTool(ctx, os.TempDir(), "mod", "download", "-json", module+"@"+version)
	if err != nil {
		return "", fmt.Errorf("program: the sources of a tab's peer are not here, and cannot be downloaded: %s: %w", todo, err)
	}
	var there struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &there); err != nil || !isModule(there.Dir) {
		return "", fmt.Errorf("program: version %s has no sources of a tab's peer: %s", version, todo)
	}
	return there.Dir, nil
}
