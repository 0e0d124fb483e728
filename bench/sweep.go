package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/internal/console"
	simreport "github.com/n2n-overlay/n2n/sim/report"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// sweepOptions are the flags of sweep.
type sweepOptions struct {
	scenario string
	seeds    string
	sets     []string
	out      string
	force    bool
	jobs     int
}

func (b *bench) newSweep() *cobra.Command {
	o := sweepOptions{seeds: "1..5"}
	cmd := &cobra.Command{
		Use:   "sweep SCENARIO",
		Short: "Run a scenario with many seeds and settings, and compare",
		Long: `Run a scenario with every combination of some settings, each with several seeds, and
write a table of all values (results.csv), the means with their 95 % intervals
(summary.csv), drawings that compare the settings, and the result of each run into a
directory. --set KEY=VALUE,VALUE gives the values of a setting: one of run's, peers, cycles
or detail. A setting that a combination does not have, as spray.a beside
protocol=cyclon, is left out there. As many runs as there are cores and memory for go on
at once; where there are fewer, a run gets several workers.
A sweep that was interrupted goes on when it is called again in the same way. Called
with more seeds, or more values of its settings, it does the runs that are new.
It says a line for each run that is done, unless it shows its progress on a terminal.`,
		Example: b.examples(
			"sweep steady --seeds 1..10 --set protocol=spray,cyclon --set peers=1000,10000 --out compared",
			"sweep crash --seeds 1..5 --set fraction=0.3,0.5,0.7 --out crashes",
		),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.scenario = args[0]
			for _, name := range []string{"peers", "cycles", "detail"} {
				if cmd.Flags().Changed(name) {
					text, _ := cmd.Flags().GetString(name)
					o.sets = append(o.sets, name+"="+text)
				}
			}
			if cmd.Flags().Changed("jobs") && o.jobs < 1 {
				return b.usagef("sweep: --jobs is %d, must be at least 1", o.jobs)
			}
			return b.sweep(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.seeds, "seeds", o.seeds, "`seeds` of each combination: 7, 1..10 or 1..3,9")
	flags.StringArrayVar(&o.sets, "set", nil, "a setting and its values, `KEY=VALUE,VALUE`; may be repeated")
	for _, name := range []string{"peers", "cycles", "detail"} {
		flags.String(name, "", "the same as --set "+name+"=`VALUE,VALUE`")
	}
	flags.StringVar(&o.out, "out", "", "`directory` to write into, and to go on or add to")
	flags.BoolVar(&o.force, "force", false, "begin anew in a directory that has another sweep: the results of its runs, its tables and its drawings are removed")
	flags.IntVar(&o.jobs, "jobs", 0, "`number` of runs at once at most (default: one a core)")
	return cmd
}

func (b *bench) sweep(ctx context.Context, o sweepOptions) error {
	plan, err := b.plan(o)
	if err != nil {
		return err
	}
	folder, err := b.sweepFolder(plan, o)
	if err != nil {
		return err
	}
	return errors.Join(b.sweepInto(ctx, folder, o.jobs), folder.close())
}

// sweepInto does the runs that are left, and writes what all come to.
func (b *bench) sweepInto(ctx context.Context, folder *sweepFolder, jobs int) error {
	plan, left := folder.plan, folder.left()
	if before := len(plan.Runs) - len(left); before > 0 {
		b.Say("%d of %d runs are there already", before, len(plan.Runs))
	}
	defer spendMemory()()
	show := newSweepProgress(b.Console, plan, left)
	memory := availableMemory()
	p := newPool(jobs, memory/4*3)
	p.do = func(ctx context.Context, r sweep.Run, s *scenario.Scenario) error {
		begun := time.Now()
		result, err := scenario.Run(ctx, s, scenario.RunOptions{Now: time.Now, Memory: memory, Version: version(), Progress: show.of(r)})
		if err != nil {
			return fmt.Errorf("run %d (%s): %w", r.Number, plan.Text(r), err)
		}
		result.PeakRSS = 0 // of all runs that were under way
		if err := folder.save(r, result); err != nil {
			return fmt.Errorf("run %d (%s): %w", r.Number, plan.Text(r), err)
		}
		show.ended(r, time.Since(begun))
		return nil
	}
	err := p.all(ctx, left)
	show.clear()
	if err != nil && errors.Is(err, ctx.Err()) {
		b.Say("%d of %d runs are done. The same call goes on.", len(plan.Runs)-len(folder.left()), len(plan.Runs))
		return console.ErrInterrupted
	}
	if err != nil {
		return b.errorf("sweep: %w", err)
	}
	done, err := folder.load()
	if err != nil {
		return b.errorf("sweep: %w", err)
	}
	if err := folder.report(done); err != nil {
		return b.errorf("sweep: %w", err)
	}
	return simreport.SweepTable(b.Out, plan, done)
}

// plan makes all checks of a sweep that need no folder.
func (b *bench) plan(o sweepOptions) (*sweep.Plan, error) {
	if o.out == "" {
		return nil, b.usagef("sweep: --out is missing: the directory to write into")
	}
	axes, err := sweep.ParseAxes(o.sets)
	if err != nil {
		return nil, b.usagef("sweep: %w", err)
	}
	seeds, err := sweep.ParseSeeds(o.seeds)
	if err != nil {
		return nil, b.usagef("sweep: %w", err)
	}
	options := b.options()
	options.Scenario = o.scenario
	plan, err := sweep.New(options, axes, seeds, version())
	if err != nil {
		return nil, b.usagef("sweep: %w", err)
	}
	for _, r := range plan.Runs {
		var tooBig *scenario.TooBig
		if err := r.Scenario().Fits(availableMemory()); errors.As(err, &tooBig) {
			return nil, b.usagef("sweep: run %d: %w", r.Number, err)
		}
	}
	return plan, nil
}
