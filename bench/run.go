package bench

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/loopback"
	"github.com/n2n-overlay/n2n/sim/faults"
	simreport "github.com/n2n-overlay/n2n/sim/report"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// maxRealPeers bounds the peers of a scenario that runs over real WebRTC.
const maxRealPeers = 64

// runOptions are the flags of run.
type runOptions struct {
	scenario.Options
	seed  uint64
	world string
	json  bool
	out   string
	force bool
	trace bool
	// overlays tells that each cycle's overlay is written, too.
	overlays bool
}

func (b *bench) newRun() *cobra.Command {
	o := runOptions{Options: b.options(), world: "sim"}
	cmd := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Run a scenario",
		Long: `Run a scenario that ships (see list), or one of a .yaml file, and tell how the
overlay fared. --set changes one of its values: a parameter, the protocol and its
options, the network; a key that is not known is answered with those that are.
Exits with 0 when it ran, 1 when something broke in the simulation, 2 when the
scenario cannot be meant so, and 130 when it was interrupted; what was measured
until then is told nevertheless. When an overlay of --overlays cannot be written, it goes
on to its result, and exits with 1.`,
		Example: b.examples(
			"run steady --peers 1000 --cycles 30",
			"run crash --set fraction=0.7 --set spray.a=1.5 --out crash70",
			"run churn --set rate=0.1 --set 'latency=uniform 20ms 80ms' --json",
			"run steady --world wrtc --peers 16 --cycles 10 --set spray.period=2s",
		),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Scenario = args[0]
			if cmd.Flags().Changed("seed") {
				o.Seed = &o.seed
			}
			for _, name := range []string{"peers", "cycles", "workers"} {
				if n, _ := cmd.Flags().GetInt(name); cmd.Flags().Changed(name) && n < 1 {
					return b.usagef("run: --%s is %d, must be at least 1", name, n)
				}
			}
			return b.run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Peers, "peers", 0, "`number` of peers (default: the scenario's)")
	flags.IntVar(&o.Cycles, "cycles", 0, "`number` of cycles, to which the phases are stretched (default: the scenario's)")
	flags.Uint64Var(&o.seed, "seed", 0, "`number` that all chance is made from (default: the scenario's)")
	flags.StringVar(&o.Detail, "detail", "", "`level` of detail of the simulated world: actors, or arcs for many peers (default: the scenario's, else actors up to 2,000 peers)")
	flags.IntVar(&o.Workers, "workers", 0, "`number` of goroutines that the simulated world uses (default: 1)")
	flags.StringVar(&o.world, "world", o.world, "`sim`, or wrtc for a small room over real WebRTC, in real time")
	flags.StringArrayVar(&o.Sets, "set", nil, "change a value of the scenario, `KEY=VALUE`; may be repeated")
	flags.BoolVar(&o.json, "json", false, "print one JSON object and nothing else")
	flags.StringVar(&o.out, "out", "", "write the result, the series, the last overlay and its degrees into a `directory`")
	flags.BoolVar(&o.overlays, "overlays", false, "write the overlay and the degrees at the end of each measured cycle, too, into overlays/ of --out")
	flags.BoolVar(&o.trace, "trace", false, "compute trace_hash, the hash of all that happens: equal runs have equal ones; takes time and memory")
	flags.BoolVar(&o.force, "force", false, "write over the result that the directory of --out has: all files of a run, and the overlays of its cycles")
	return cmd
}

func (b *bench) run(ctx context.Context, o runOptions) error {
	s, options, folder, err := b.prepare(o)
	if err != nil {
		return err
	}
	if s.Note != "" {
		b.Say("%s run: %s", b.called, s.Note)
	}
	defer spendMemory()()
	show := newProgress(b.Console, s, time.Now())
	options.Progress = func(at scenario.Progress) { show.tell(time.Now(), at) }
	result, err := scenario.Run(ctx, s, options)
	show.clear()
	if err != nil && !result.CutShort {
		if folder != nil {
			err = errors.Join(err, folder.clean())
		}
		return b.errorf("run: %w", err)
	}
	if o.json {
		err = simreport.JSON(b.Out, result)
	} else {
		err = simreport.Table(b.Out, result)
	}
	if folder != nil {
		err = errors.Join(err, b.save(folder, result))
	}
	if folder != nil && folder.failed != nil {
		err = errors.Join(err, b.errorf("run: %w", folder.failed))
	}
	if err == nil && result.CutShort {
		err = console.ErrInterrupted
	}
	return err
}

// save writes a result into its folder, but for one that was cut short where there is a complete
// one.
func (b *bench) save(f *runFolder, result scenario.Result) error {
	if result.CutShort && f.complete {
		b.Say("%s keeps the complete result that it has", f.dir)
		return f.clean()
	}
	return errors.Join(f.moveOverlays(), simreport.Save(f.dir, result))
}

// availableMemory returns the free memory in bytes, or 0 where the system does not tell
// it.
var availableMemory = scenario.AvailableMemory

// spendMemory makes the garbage collector run less often while enough memory is free. It
// saves about a fifth of a simulation's processor time for twice the memory. The returned
// function undoes it. With GOGC or GOMEMLIMIT in the environment it changes nothing.
func spendMemory() func() {
	available := availableMemory()
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" || available == 0 {
		return func() {}
	}
	percent := debug.SetGCPercent(400)
	limit := debug.SetMemoryLimit(int64(available / 4 * 3))
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

// prepare makes all checks that are possible before anything starts.
func (b *bench) prepare(o runOptions) (*scenario.Scenario, scenario.RunOptions, *runFolder, error) {
	options := scenario.RunOptions{Trace: o.trace, Now: time.Now, Memory: availableMemory(), Version: version()}
	s, err := scenario.Load(o.Options)
	if err == nil && o.world == "wrtc" {
		err = s.Real()
	}
	var mistake *scenario.Mistake
	switch {
	case errors.As(err, &mistake):
		return nil, options, nil, b.usagef("run: %w", err)
	case err != nil:
		return nil, options, nil, b.errorf("run: %w", err)
	case o.world != "sim" && o.world != "wrtc":
		return nil, options, nil, b.usagef("run: --world is %q, must be sim or wrtc", o.world)
	case o.world == "wrtc" && (o.Detail != "" || o.Workers != 0):
		return nil, options, nil, b.usagef("run: --detail and --workers are only for the simulated world: run it with --world sim")
	case o.world == "wrtc" && s.Peers > maxRealPeers:
		return nil, options, nil, b.usagef("run: --peers is %d, must be at most %d with --world wrtc", s.Peers, maxRealPeers)
	}
	if err := s.Fits(options.Memory); err != nil {
		return nil, options, nil, b.usagef("run: %w", err)
	}
	if o.world == "wrtc" {
		options.World = func(s *scenario.Scenario) (worlds.World, error) {
			n := s.Network
			return loopback.New(loopback.Config{
				Logger: b.Logger(), Loss: faults.Loss{Fraction: n.Loss, Retransmit: n.Retransmit}, Detection: n.Detection,
			})
		}
	}
	if o.out == "" {
		if o.overlays {
			return nil, options, nil, b.usagef("run: --overlays needs --out, the directory to write into")
		}
		return s, options, nil, nil
	}
	folder, err := b.runFolder(o.out, o.force)
	if err == nil {
		err = folder.clean()
	}
	if err == nil && o.overlays {
		options.Overlay = func(cycle int, overlay scenario.Overlay) error {
			folder.saveOverlay(cycle, overlay)
			return nil
		}
	}
	return s, options, folder, err
}
