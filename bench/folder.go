package bench

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	simreport "github.com/n2n-overlay/n2n/sim/report"
)

// overlaysFolder is the folder of each cycle's overlay.
const overlaysFolder = "overlays"

// folder makes the folder that a result is to be written to, before the run, and checks that
// files can be made there. Without force, it refuses one that has files of a result.
func (b *bench) folder(dir string, force bool) error {
	if !force {
		for _, name := range append(simreport.Files(), planFile, overlaysFolder) {
			path := filepath.Join(dir, name)
			if _, err := os.Lstat(path); err == nil {
				return b.usagef("run: --out %s: there is a %s already: give another directory, or --force to write over it", dir, name)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return b.usagef("run: --out %s: %w", dir, err)
			}
		}
	}
	if err := writable(dir); err != nil {
		return b.usagef("run: --out: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, overlaysFolder)); err != nil { // of the result that is written over
		return b.errorf("run: %w", err)
	}
	return nil
}

// writable makes a directory, and checks that files can be made in it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
