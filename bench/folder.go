package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	simreport "github.com/n2n-overlay/n2n/sim/report"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// The folder of each cycle's overlay, and that in which a run makes it.
const (
	overlaysFolder = "overlays"
	overlaysPart   = overlaysFolder + ".part"
)

// overlayName matches the names of the files in overlaysFolder.
var overlayName = regexp.MustCompile(`^\d{6,}-.*\.(graphml|csv)$`)

// runFolder is the folder that the result of a run is written to.
type runFolder struct {
	dir string
	// complete tells that it has the result of a run that came to its end.
	complete bool
	// failed says why an overlay of a cycle could not be written. Nil: all could.
	failed error
}

// runFolder makes the folder of a run, and checks that files can be made there. Without force,
// it refuses one that has files of a result. It removes nothing.
func (b *bench) runFolder(dir string, force bool) (*runFolder, error) {
	if err := directory(dir); err != nil {
		return nil, b.usagef("run: --out: %w: give another directory", err)
	}
	switch sweeps, err := has(dir, planFile); {
	case err != nil:
		return nil, b.usagef("run: --out %s: %w", dir, err)
	case sweeps != "":
		return nil, b.usagef("run: --out %s: this is the folder of a sweep: there is a %s: give another directory", dir, planFile)
	}
	switch name, err := has(dir, runFiles()...); {
	case err != nil:
		return nil, b.usagef("run: --out %s: %w", dir, err)
	case name != "" && !force:
		return nil, b.usagef("run: --out %s: there is a %s already: give another directory, or --force to write over it", dir, name)
	}
	if err := writable(dir); err != nil {
		return nil, b.usagef("run: --out: %w", err)
	}
	before, err := readResult(dir)
	return &runFolder{dir: dir, complete: err == nil && !before.CutShort}, nil
}

// part is the folder in which the run makes the overlays of its cycles.
func (f *runFolder) part() string { return filepath.Join(f.dir, overlaysPart) }

// clean removes what a run that did not end well left of its overlays.
func (f *runFolder) clean() error { return removeOverlays(f.part()) }

// saveOverlay writes the overlay of a cycle. After one that cannot be written no other is: the
// run goes on, as its result is worth more.
func (f *runFolder) saveOverlay(cycle int, o scenario.Overlay) {
	if f.failed != nil {
		return
	}
	if err := simreport.SaveOverlay(f.part(), cycle, o); err != nil {
		f.failed = fmt.Errorf("--overlays: those from cycle %d on are missing: %w", cycle, err)
	}
}

// moveOverlays puts the overlays of the run in the place of those that were there.
func (f *runFolder) moveOverlays() error {
	to := filepath.Join(f.dir, overlaysFolder)
	if err := removeOverlays(to); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.part())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.MkdirAll(to, 0o777)
	}
	for _, e := range entries {
		if err == nil && overlayName.MatchString(e.Name()) {
			err = os.Rename(filepath.Join(f.part(), e.Name()), filepath.Join(to, e.Name()))
		}
	}
	return errors.Join(err, f.clean())
}

// removeOverlays removes the files of overlays from a folder, and the folder if nothing else
// is in it.
func removeOverlays(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	others := 0
	for _, e := range entries {
		if overlayName.MatchString(e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		} else {
			others++
		}
	}
	if err == nil && others == 0 {
		err = os.Remove(dir)
	}
	return err
}

// runFiles lists what a run writes into its folder.
func runFiles() []string { return append(simreport.Files(), overlaysFolder) }

// has returns the first of some names that a directory has; empty: none.
func has(dir string, names ...string) (string, error) {
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return name, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", nil
}

// directory refuses what is there and no directory.
func directory(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file, no directory", dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// writable makes a directory, and checks that files can be made in it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			err = at.Err // and not the name of the probe
		}
		return fmt.Errorf("no file can be made in %s: %w", dir, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
