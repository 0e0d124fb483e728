package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/n2n-overlay/n2n/web/slim"
)

// The names of the files of a Program. index.js is beside them.
const (
	WasmFile = "n2n.wasm.gz"
	GlueFile = "wasm_exec.js"
)

// Program holds the files that a page needs to run a peer, beside the modules of
// web/npm.
type Program struct {
	Wasm []byte // WasmFile, compressed with gzip
	Glue []byte // GlueFile, of the Go version that built it
}

// Build builds the program from the sources that belong to this binary: those from which
// it was compiled if they still exist, otherwise those of the module in the working
// directory, or of the version from which this binary was installed. The compiled and
// compressed program is kept in the user's cache folder, in n2n/web and by the Go tool,
// so that later builds take a second. Several processes can build at the same time.
//
// An error says what is missing, the Go tool or the sources, or has the output of the Go
// tool.
func Build(ctx context.Context) (Program, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return Program{}, fmt.Errorf("program: a tab's peer is built with the go tool, which is not in PATH: install Go (https://go.dev/dl): %w", err)
	}
	root, err := findSources(ctx)
	if err != nil {
		return Program{}, err
	}
	return buildAt(ctx, root, cacheFolder())
}

// Write writes the program's files into an existing folder.
func (p Program) Write(folder string) error {
	return errors.Join(
		replaceFile(filepath.Join(folder, WasmFile), p.Wasm),
		replaceFile(filepath.Join(folder, GlueFile), p.Glue),
	)
}

// buildAt builds the sources at root.
func buildAt(ctx context.Context, root, cache string) (Program, error) {
	folder, err := os.MkdirTemp("", "n2n-tab-")
	if err != nil {
		return Program{}, fmt.Errorf("program: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	wasm := filepath.Join(folder, "tab.wasm")
	if err := slim.Build(ctx, root, "./web/tab", wasm); err != nil {
		return Program{}, fmt.Errorf("program: %w", err)
	}
	b, err := os.ReadFile(wasm)
	if err != nil {
		return Program{}, fmt.Errorf("program: %w", err)
	}
	glue, err := readGlue(ctx, root)
	if err != nil {
		return Program{}, err
	}
	compressed, err := compress(b, cache)
	if err != nil {
		return Program{}, err
	}
	return Program{Wasm: compressed, Glue: glue}, nil
}

// readGlue reads the browser part of the Go version that builds at root.
func readGlue(ctx context.Context, root string) ([]byte, error) {
	out, err := goTool(ctx, root, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	glue, err := os.ReadFile(filepath.Join(out, "lib", "wasm", GlueFile))
	if err != nil {
		return nil, fmt.Errorf("program: this Go lacks its part for browsers, lib/wasm/%s: install Go from https://go.dev/dl: %w", GlueFile, err)
	}
	return glue, nil
}

// goTool runs the go tool and returns its output.
func goTool(ctx context.Context, folder string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = folder
	c.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GO111MODULE=on", "GOWORK=off") // without the settings of go env -w
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil { // with -json, the output has the reason
		return "", fmt.Errorf("program: go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(said.String()+string(out)))
	}
	return strings.TrimSpace(string(out)), nil
}
