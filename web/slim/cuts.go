package slim

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// cut is a module of which some functions are left out.
type cut struct {
	module string
	names  map[string][]string // by file: functions, methods as "Type.Method"
}

var cuts = []cut{{
	module: "github.com/asynkron/protoactor-go",
	names: map[string][]string{
		// net/http, Prometheus, OpenTelemetry's SDK.
		"actor/config.go":      {"defaultPrometheusProvider"},
		"actor/config_opts.go": {"WithDefaultPrometheusProvider"},
		// net.
		"actor/actor_system.go": {"ActorSystem.GetHostPort"},
	},
}}

// stubs are the modules of which the actor system uses almost nothing.
var stubs = []string{
	// net/http once more, encoding/json and its own tracing.
	"go.opentelemetry.io/otel",
	"go.opentelemetry.io/otel/metric",
	// net, math/big, database/sql/driver.
	"github.com/lithammer/shortuuid/v4",
}

//go:embed all:_stubs
var stubFiles embed.FS

// writeStub writes the packages of a stubbed module into a folder.
func writeStub(module, folder string) error {
	stub, err := fs.Sub(stubFiles, path.Join("_stubs", module))
	if err != nil {
		return err
	}
	err = eachSource(stub, func(name string, source []byte) error { return write(folder, name, source) })
	if err != nil {
		return err
	}
	return writeMod(module, folder)
}

// copy writes the module into a folder, without the functions that are cut. The
// workspace's main module says which versions of other modules it uses.
func (c cut) copy(ctx context.Context, root, folder string) error {
	var there struct{ Dir, Version string }
	out, err := command(ctx, root, []string{"GOWORK=off"}, "mod", "download", "-json", c.module)
	if err == nil {
		err = json.Unmarshal(out, &there)
	}
	if err != nil {
		return err
	}
	left := len(c.names)
	err = eachSource(os.DirFS(there.Dir), func(name string, source []byte) error {
		if names := c.names[name]; names != nil {
			left--
			if source, err = without(name, source, names); err != nil {
				return fmt.Errorf("%s: %w: see what brings net/http there now, and mend the cuts in web/slim", there.Version, err)
			}
		}
		return write(folder, name, source)
	})
	if err == nil && left > 0 {
		err = fmt.Errorf("%s lacks a file that is to be cut: see what brings net/http there now, and mend the cuts in web/slim", there.Version)
	}
	if err != nil {
		return err
	}
	return writeMod(c.module, folder)
}

// eachSource calls f with the Go files of a module, without those of tests.
func eachSource(module fs.FS, f func(name string, source []byte) error) error {
	return fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		return f(name, source)
	})
}

func writeMod(module, folder string) error {
	return write(folder, "go.mod", []byte("module "+module+"\n\ngo 1.24\n"))
}

func write(folder, name string, content []byte) error {
	file := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
