package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gofrs/flock"

	simreport "github.com/n2n-overlay/n2n/sim/report"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// The files of a sweep's folder.
const (
	planFile    = "sweep.json"
	runsFolder  = "runs" // with a folder a run, of its number
	tableFile   = "results.csv"
	lockFile    = "sweep.lock"
	summaryFile = "summary.csv"
	sweepPNG    = "sweep.png"
	sweepSVG    = "sweep.svg"
)

// sweepFolder is the folder of a sweep. It is locked until it is closed.
type sweepFolder struct {
	dir  string
	plan *sweep.Plan
	lock *flock.Flock
}

// sweepFolder makes the folder of a sweep, or finds it again. It changes nothing in a folder
// that has something else, but for another sweep if it is told to begin anew.
func (b *bench) sweepFolder(plan *sweep.Plan, o sweepOptions) (*sweepFolder, error) {
	if err := free(o.out); err != nil {
		return nil, b.usagef("sweep: --out: %w: give another directory", err)
	}
	if err := writable(o.out); err != nil {
		return nil, b.usagef("sweep: --out: %w", err)
	}
	f := &sweepFolder{o.out, plan, flock.New(filepath.Join(o.out, lockFile))}
	switch locked, err := f.lock.TryLock(); {
	case err != nil:
		return nil, b.usagef("sweep: --out %s cannot be locked: %w", o.out, err)
	case !locked:
		return nil, b.usagef("sweep: --out %s: another sweep writes here: wait for its end, or give another directory", o.out)
	}
	if err := b.begin(f, o); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// begin writes the plan into the folder, unless the folder has all its runs already. It adds
// runs to a sweep that the plan extends. With --force it replaces another sweep.
func (b *bench) begin(f *sweepFolder, o sweepOptions) error {
	before, err := readPlan(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return b.usagef("sweep: --out %s: %w: give another directory", f.dir, err)
	case o.force:
		if err := (&sweepFolder{dir: f.dir, plan: before}).removeResults(); err != nil {
			return b.errorf("sweep: %w", err)
		}
	default:
		if refused := f.plan.Extend(before); refused != "" {
			return b.usagef("sweep: --out %s has another sweep: %s: give another directory, or --force to begin anew", f.dir, refused)
		}
		if len(f.plan.Runs) == len(before.Runs) {
			return nil
		}
	}
	if err := f.writePlan(); err != nil {
		return b.errorf("sweep: %w", err)
	}
	return nil
}

// free refuses what cannot be the folder of a sweep: a file, and a directory without a plan
// that has anything else.
func free(dir string) error {
	if err := directory(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == planFile {
			if _, err := readPlan(dir); err != nil {
				return fmt.Errorf("%s: %w", dir, err)
			}
			return nil
		}
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == lockFile || name == planFile+".part": // of a sweep that was killed when it began
		case slices.Contains(runFiles(), name):
			return fmt.Errorf("%s: this is the folder of a run: there is a %s", dir, name)
		default:
			return fmt.Errorf("%s has other files, such as %s", dir, name)
		}
	}
	return nil
}

// close lets other sweeps into the folder. The lock's file stays: without it, two sweeps could
// hold locks of two files of that name.
func (f *sweepFolder) close() error { return f.lock.Close() }

func (f *sweepFolder) writePlan() error {
	return simreport.File(filepath.Join(f.dir, planFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(f.plan)
	})
}

// removeResults removes what the runs of the plan wrote, and the tables and drawings. Files
// that a user put beside them stay.
func (f *sweepFolder) removeResults() error {
	var err error
	remove := func(path ...string) {
		if e := os.Remove(filepath.Join(path...)); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	folders := []string{}
	for _, r := range f.plan.Runs {
		remove(f.of(r), simreport.ResultFile)
		remove(f.of(r), simreport.ResultFile+".part")
		folders = append(folders, f.of(r))
	}
	for _, dir := range append(folders, filepath.Join(f.dir, runsFolder)) {
		if entries, e := os.ReadDir(dir); e == nil && len(entries) == 0 {
			remove(dir)
		}
	}
	for _, name := range []string{tableFile, summaryFile, sweepPNG, sweepSVG} {
		remove(f.dir, name)
	}
	return err
}

func readPlan(dir string) (*sweep.Plan, error) {
	text, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return nil, err
	}
	p := &sweep.Plan{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("%s is not that of a sweep: %w", planFile, err)
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%s is not that of a sweep: %w", planFile, err)
	}
	return p, nil
}

// of is the folder of a run. It stays the same when runs are added to the sweep.
func (f *sweepFolder) of(r sweep.Run) string {
	return filepath.Join(f.dir, runsFolder, strconv.Itoa(r.Number))
}

func (f *sweepFolder) save(r sweep.Run, result scenario.Result) error {
	if err := os.MkdirAll(f.of(r), 0o777); err != nil {
		return err
	}
	return simreport.File(filepath.Join(f.of(r), simreport.ResultFile), func(w io.Writer) error { return simreport.JSON(w, result) })
}

// read returns the result of a run. It was written as a whole.
func (f *sweepFolder) read(r sweep.Run) (scenario.Result, error) {
	result, err := readResult(f.of(r))
	if err == nil && (result.CutShort || result.Seed != r.Seed) {
		err = fmt.Errorf("%s is not the result of this run", filepath.Join(f.of(r), simreport.ResultFile))
	}
	return result, err
}

func readResult(dir string) (scenario.Result, error) {
	var result scenario.Result
	path := filepath.Join(dir, simreport.ResultFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return result, fmt.Errorf("%s: %w", path, err)
	}
	if result.Scenario == "" || len(result.Metrics) == 0 && !result.CutShort {
		return result, fmt.Errorf("%s is not the result of a run: it names no scenario or no metrics", path)
	}
	return result, nil
}

// left lists the runs that are not done.
func (f *sweepFolder) left() []sweep.Run {
	var left []sweep.Run
	for _, r := range f.plan.Runs {
		if _, err := f.read(r); err != nil {
			left = append(left, r)
		}
	}
	return left
}

// load reads the results of all runs.
func (f *sweepFolder) load() ([]sweep.Done, error) {
	var done []sweep.Done
	for _, r := range f.plan.Runs {
		result, err := f.read(r)
		if err != nil {
			return nil, err
		}
		done = append(done, sweep.Done{Run: r, Result: result})
	}
	return done, nil
}

// report writes the tables and the drawings.
func (f *sweepFolder) report(done []sweep.Done) error {
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{tableFile, func(w io.Writer) error { return f.plan.CSV(w, done) }},
		{summaryFile, func(w io.Writer) error { return f.plan.SummaryCSV(w, done) }},
		{sweepPNG, func(w io.Writer) error { return simreport.SweepPNG(w, f.plan, done) }},
		{sweepSVG, func(w io.Writer) error { return simreport.SweepSVG(w, f.plan, done) }},
	} {
		if err := simreport.File(filepath.Join(f.dir, file.name), file.write); err != nil {
			return err
		}
	}
	return nil
}
