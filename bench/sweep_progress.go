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

// sweepProgress shows how far a sweep is, and the time that is left: a bar on a terminal,
// elsewhere a line for each run that is done. Several runs report to it.
type sweepProgress struct {
	*console.Console
	plan *sweep.Plan

	mu     sync.Mutex
	bar    *progressbar.ProgressBar // nil: there is no terminal
	begun  time.Time
	shown  time.Time
	before int             // runs that were there already
	done   int             // runs since
	total  float64         // work of all runs that were left, in peers times seconds
	parts  map[int]float64 // work done, by the number of a run
}

func newSweepProgress(c *console.Console, plan *sweep.Plan, left []sweep.Run) *sweepProgress {
	p := &sweepProgress{Console: c, plan: plan, begun: time.Now(), before: len(plan.Runs) - len(left), parts: map[int]float64{}}
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
	return func(at scenario.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.parts[r.Number] = work(r) * min(1, at.Elapsed.Seconds()/at.Total.Seconds())
		if now := time.Now(); p.bar != nil && now.Sub(p.shown) >= progressPause {
			p.shown = now
			p.show(now)
		}
	}
}

// ended tells that a run is done.
func (p *sweepProgress) ended(r sweep.Run, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.parts[r.Number] = work(r)
	p.done++
	now := time.Now()
	if p.bar != nil {
		p.show(now)
		return
	}
	left := ""
	if p.before+p.done < len(p.plan.Runs) {
		left = timeLeft(now.Sub(p.begun), p.part())
	}
	p.Say("run %d (%s) is done in %v: %d of %d runs%s", r.Number, p.plan.Text(r), took.Round(time.Millisecond), p.before+p.done, len(p.plan.Runs), left)
}

// part is the part of the work that is done.
func (p *sweepProgress) part() float64 {
	sum := 0.0
	for _, part := range p.parts {
		sum += part
	}
	return sum / p.total
}

// show draws the bar.
func (p *sweepProgress) show(now time.Time) {
	part := p.part()
	p.bar.Describe(fmt.Sprintf("%d of %d runs%s%s", p.before+p.done, len(p.plan.Runs), memoryText(), timeLeft(now.Sub(p.begun), part)))
	_ = p.bar.Set64(int64(1000 * part)) // a bar that cannot be drawn is no reason to stop
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
