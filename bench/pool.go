package bench

import (
	"context"
	"errors"
	"runtime"

	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// pool runs the runs of a sweep, as many at once as there are cores and memory for.
type pool struct {
	cores  int
	memory uint64 // bytes; 0: not known
	do     func(context.Context, sweep.Run, *scenario.Scenario) error
}

// newPool makes a pool. jobs is how many runs it does at once at most; 0: one a core.
func newPool(jobs int, memory uint64) *pool {
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	return &pool{cores: jobs, memory: memory}
}

// ended is a run that has ended.
type ended struct {
	run int // its index
	err error
}

// all does all runs, in their order. After one fails, no other begins, those under way are
// stopped, and its error is returned. That they were stopped is returned only if none failed.
func (p *pool) all(ctx context.Context, runs []sweep.Run) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cores, used := p.cores, uint64(0)
	done := make(chan ended)
	costs := make([]cost, len(runs))
	var failed error
	for next, working := 0, 0; working > 0 || next < len(runs) && failed == nil && ctx.Err() == nil; {
		if next < len(runs) && failed == nil && ctx.Err() == nil {
			c := p.cost(runs[next], len(runs)-next+working)
			if working == 0 || c.cores <= cores && (p.memory == 0 || used+c.memory <= p.memory) {
				costs[next] = c
				cores, used, working = cores-c.cores, used+c.memory, working+1
				s := *runs[next].Scenario()
				s.Workers = c.workers
				go func(i int) { done <- ended{i, p.do(ctx, runs[i], &s)} }(next)
				next++
				continue
			}
		}
		e := <-done
		cores, used, working = cores+costs[e.run].cores, used-costs[e.run].memory, working-1
		if e.err != nil {
			if failed == nil || errors.Is(failed, context.Canceled) && !errors.Is(e.err, context.Canceled) {
				failed = e.err
			}
			cancel()
		}
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}

// cost is what a run takes.
type cost struct {
	cores, workers int
	memory         uint64
}

// cost says what a run takes while so many are left. Where fewer of its like than cores run
// at once, because fewer are left or memory is scarce, a run gets several workers if
// that pays, which changes nothing but its speed.
func (p *pool) cost(r sweep.Run, left int) cost {
	s := r.Scenario()
	c := cost{1, 1, s.Estimate()}
	together := min(p.cores, left)
	if p.memory > 0 && c.memory > 0 {
		together = min(together, int(max(1, p.memory/c.memory)))
	}
	if workers := min(max(1, p.cores/together), s.MostWorkers()); s.WorkersPay(workers) {
		c.workers, c.cores = workers, workers
	}
	return c
}
