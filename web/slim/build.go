package slim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Build compiles a package, such as "./web/tab", of the module at root for js/wasm
// into a file. It needs the go tool, and its network or cache for modules that are
// not there. The output depends only on the sources and on the version of Go. The
// error has the output of the go tool.
func Build(ctx context.Context, root, pkg, file string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("slim: %w", err)
	}
	folder, err := os.MkdirTemp("", "n2n-slim-")
	if err != nil {
		return fmt.Errorf("slim: %w", err)
	}
	defer os.RemoveAll(folder)
	w, err := newWorkspace(ctx, root, folder)
	if err != nil {
		return err
	}
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", file}, inlining...)
	_, err = w.run(ctx, append(args, pkg)...)
	return err
}

// inlining turns inlining off where it is not needed. Inlined code is loaded once for each
// place, 0.25 MB more when compressed. The speed of messages in a tab does not change
// without it, but that of cryptography and of the runtime might.
var inlining = []string{"-gcflags=all=-l", "-gcflags=crypto/...=", "-gcflags=internal/...=", "-gcflags=runtime/...=", "-gcflags=sync/...="}

// workspace is where a module is built beside copies and stubs of libraries.
type workspace struct {
	root, file string
}

// newWorkspace fills an empty folder.
func newWorkspace(ctx context.Context, root, folder string) (*workspace, error) {
	var main struct{ Dir, GoVersion string }
	out, err := command(ctx, root, []string{"GOWORK=off"}, "list", "-m", "-json")
	if err == nil {
		err = json.Unmarshal(out, &main)
	}
	if err != nil {
		return nil, fmt.Errorf("slim: what module is at %s? %w", root, err)
	}
	work := fmt.Sprintf("go %s\n\nuse %q\n", main.GoVersion, main.Dir)
	use := func(module string) string {
		work += fmt.Sprintf("use %q\n", "./"+module)
		return filepath.Join(folder, filepath.FromSlash(module))
	}
	for _, c := range cuts {
		if err := c.copy(ctx, main.Dir, use(c.module)); err != nil {
			return nil, fmt.Errorf("slim: %s: %w", c.module, err)
		}
	}
	for _, module := range stubs {
		if err := writeStub(module, use(module)); err != nil {
			return nil, fmt.Errorf("slim: %s: %w", module, err)
		}
	}
	w := &workspace{root: main.Dir, file: filepath.Join(folder, "go.work")}
	if err := os.WriteFile(w.file, []byte(work), 0o644); err != nil {
		return nil, fmt.Errorf("slim: %w", err)
	}
	return w, nil
}

// run runs the go tool for js/wasm.
func (w *workspace) run(ctx context.Context, args ...string) ([]byte, error) {
	out, err := command(ctx, w.root, []string{"GOWORK=" + w.file, "GOOS=js", "GOARCH=wasm"}, args...)
	if err != nil {
		return nil, fmt.Errorf("slim: %w", err)
	}
	return out, nil
}

// settings stand in for the user's of other builds. What is empty would leave those
// that go env -w has kept.
var settings = []string{"GOFLAGS=-mod=readonly", "GO111MODULE=on", "CGO_ENABLED=0"}

// command runs the go tool and returns its output. If it fails, the output is the
// error.
func command(ctx context.Context, folder string, env []string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = folder
	c.Env = slices.Concat(os.Environ(), settings, env)
	// Killed, it would leave its compilers and its temporary files behind.
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("go %s: %w", strings.Join(args, " "), err), errors.New(strings.TrimSpace(said.String())))
	}
	return out, nil
}
