package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	simreport "github.com/n2n-overlay/n2n/sim/report"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// The files of a sweep's folder.
const (
	planFile    = "sweep.json"
	runsFolder  = "runs" // with a folder a run, of its number
	tableFile   = "results.csv"
	summaryFile = "summary.csv"
	sweepPNG    = "sweep.png"
	sweepSVG    = "sweep.svg"
)

// sweepFolder is the folder of a sweep.
type sweepFolder struct {
	dir  string
	plan *sweep.Plan
}

// sweepFolder makes the folder of a sweep, or finds it again. It changes nothing in a folder
// that has something else, unless it is told to.
func (b *bench) sweepFolder(plan *sweep.Plan, o sweepOptions) (*sweepFolder, error) {
	f := &sweepFolder{o.out, plan}
	before, err := readPlan(o.out)
	var entries []os.DirEntry
	if errors.Is(err, fs.ErrNotExist) {
		before = nil
		if entries, err = os.ReadDir(o.out); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	switch {
	case o.force: // whatever is there
	case err != nil:
		return nil, b.usagef("sweep: --out %s: %w: give another directory, or --force to begin anew", o.out, err)
	case before != nil && before.Differs(plan) != "":
		return nil, b.usagef("sweep: --out %s has another sweep: %s: give another directory, or --force to begin anew", o.out, before.Differs(plan))
	case before != nil:
		return f, nil
	case len(entries) > 0:
		return nil, b.usagef("sweep: --out %s has other files, such as %s: give an empty one, or --force to begin anew", o.out, entries[0].Name())
	}
	if err := writable(o.out); err != nil {
		return nil, b.usagef("sweep: --out: %w", err)
	}
	if err := f.begin(); err != nil {
		return nil, b.errorf("sweep: %w", err)
	}
	return f, nil
}

// begin removes what an earlier sweep left in the folder, and writes the plan.
func (f *sweepFolder) begin() error {
	err := os.RemoveAll(filepath.Join(f.dir, runsFolder))
	for _, name := range []string{planFile, tableFile, summaryFile, sweepPNG, sweepSVG} {
		if e := os.Remove(filepath.Join(f.dir, name)); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return errors.Join(err, simreport.File(filepath.Join(f.dir, planFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(f.plan)
	}))
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
	return p, nil
}

// of is the folder of a run.
func (f *sweepFolder) of(r sweep.Run) string {
	return filepath.Join(f.dir, runsFolder, fmt.Sprintf("%0*d", len(fmt.Sprint(len(f.plan.Runs))), r.Number))
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
