package bench

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// progress shows on a terminal the virtual time of a scenario, and how fast that
// passes.
type progress struct {
	*console.Console
	bar   *progressbar.ProgressBar
	speed speed
	begun time.Time
}

// progressPause is the time between two measurements of the speed.
const progressPause = 200 * time.Millisecond

func newProgress(c *console.Console, s *scenario.Scenario) *progress {
	p := &progress{Console: c, speed: speed{at: time.Now()}, begun: time.Now()}
	if c.Terminal {
		p.bar = newBar(c, s.Name, int64(s.Duration()))
	}
	return p
}

// newBar makes a bar of so many steps.
func newBar(c *console.Console, name string, steps int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(steps,
		progressbar.OptionSetWriter(c.Err),
		progressbar.OptionSetDescription(name),
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionClearOnFinish(),
	)
}

// tell updates the bar. The run calls it often.
func (p *progress) tell(at scenario.Progress) {
	if p.bar == nil || !p.speed.look(time.Now(), at) {
		return
	}
	p.bar.Describe(p.speed.line(at) + memoryText() + timeLeft(time.Since(p.begun), at.Elapsed.Seconds()/at.Total.Seconds()))
	_ = p.bar.Set64(min(int64(at.Elapsed), int64(at.Total))) // a bar that cannot be drawn is no reason to stop
}

// memoryText says how much memory the process has; empty where the system does not say.
func memoryText() string {
	if used := scenario.UsedMemory(); used > 0 {
		return fmt.Sprintf(", %.1f GB", float64(used)/1e9)
	}
	return ""
}

// clear removes the bar.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

// speed is the recent speed of a world.
type speed struct {
	at       time.Time
	elapsed  time.Duration
	messages uint64

	virtual, sent float64 // seconds a second, messages a second
}

// look measures the speed and reports whether it did: only after a pause.
func (s *speed) look(now time.Time, at scenario.Progress) bool {
	took := now.Sub(s.at)
	if took < progressPause {
		return false
	}
	s.virtual = (at.Elapsed - s.elapsed).Seconds() / took.Seconds()
	s.sent = float64(at.Totals.ActorMessages-s.messages) / took.Seconds()
	s.at, s.elapsed, s.messages = now, at.Elapsed, at.Totals.ActorMessages
	return true
}

func (s *speed) line(at scenario.Progress) string {
	return fmt.Sprintf("%-9s cycle %d of %d, %d peers, %v, %.1f s/s, %.2f M actor messages/s",
		at.Phase, at.Cycle, at.Cycles, at.Alive, at.Elapsed.Round(time.Second), s.virtual, s.sent/1e6)
}
