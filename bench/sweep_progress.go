package bench

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// sweepProgress shows on a terminal how far a sweep is, and the time that is left. Several
// runs report to it.
type sweepProgress struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	begun time.Time
	shown time.Time
	left  int             // runs to do
	total float64         // work of all of them, in peers times seconds
	parts map[int]float64 // work done, by the number of a run
	ended map[int]bool
}

func newSweepProgress(c *console.Console, plan *sweep.Plan, left []sweep.Run) *sweepProgress {
	p := &sweepProgress{begun: time.Now(), left: len(left), parts: map[int]float64{}, ended: map[int]bool{}}
	for _, r := range left {
		p.total += work(r)
	}
	if c.Terminal && len(left) > 0 {
		p.bar = newBar(c, plan.Scenario, 1000)
	}
	return p
}

// work is about what a run costs beside others of the sweep.
func work(r sweep.Run) float64 {
	return float64(r.Scenario().Peers) * r.Scenario().Duration().Seconds()
}

// of is the Progress of a run.
func (p *sweepProgress) of(r sweep.Run) func(scenario.Progress) {
	if p.bar == nil {
		return nil
	}
	return func(at scenario.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		fraction := min(1, at.Elapsed.Seconds()/at.Total.Seconds())
		p.parts[r.Number], p.ended[r.Number] = work(r)*fraction, fraction >= 1
		p.tell(time.Now())
	}
}

func (p *sweepProgress) tell(now time.Time) {
	if p.bar == nil || now.Sub(p.shown) < progressPause {
		return
	}
	p.shown = now
	sum, ended := 0.0, 0
	for n, part := range p.parts {
		sum += part
		if p.ended[n] {
			ended++
		}
	}
	done := sum / p.total
	p.bar.Describe(fmt.Sprintf("%d of %d runs%s", ended, p.left, timeLeft(now.Sub(p.begun), done)))
	_ = p.bar.Set64(int64(1000 * done))
}

// clear removes the bar.
func (p *sweepProgress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

// timeLeft says how long the rest takes if it goes on at the pace so far; empty at the
// beginning, when nobody can tell.
func timeLeft(took time.Duration, done float64) string {
	if done < 0.01 || took < time.Second {
		return ""
	}
	left := time.Duration(float64(took) * (1 - min(1, done)) / done)
	return fmt.Sprintf(", %v left", left.Round(time.Second))
}
