package bench

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// progress shows the virtual time of a scenario, and how fast that passes: a bar on a
// terminal, elsewhere a line now and then.
type progress struct {
	*console.Console
	name  string
	bar   *progressbar.ProgressBar // nil: there is no terminal
	speed speed
	begun time.Time
}

// The time between two measurements of the speed, on a terminal and elsewhere.
const (
	progressPause = 200 * time.Millisecond
	linePause     = time.Minute
)

func newProgress(c *console.Console, s *scenario.Scenario, now time.Time) *progress {
	p := &progress{Console: c, name: s.Name, speed: speed{at: now, pause: linePause}, begun: now}
	if c.Terminal {
		p.bar, p.speed.pause = newBar(c, s.Name, int64(s.Duration())), progressPause
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

// tell updates the bar, or says a line. The run calls it often.
func (p *progress) tell(now time.Time, at scenario.Progress) {
	if !p.speed.look(now, at) {
		return
	}
	line := p.speed.line(at) + memoryText() + timeLeft(now.Sub(p.begun), at.Elapsed.Seconds()/at.Total.Seconds())
	if p.bar == nil {
		p.Say("%s: %s", p.name, line)
		return
	}
	p.bar.Describe(line)
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
	pause    time.Duration // between two looks
	at       time.Time
	elapsed  time.Duration
	messages uint64

	virtual, sent float64 // seconds a second, messages a second
	what          string  // those messages
}

// look measures the speed and reports whether it did: only after a pause.
func (s *speed) look(now time.Time, at scenario.Progress) bool {
	took := now.Sub(s.at)
	if took < s.pause {
		return false
	}
	messages := at.Totals.ActorMessages
	s.what = "actor messages"
	if messages == 0 { // there are no actors
		messages, s.what = at.Totals.Events, "events"
	}
	s.virtual = (at.Elapsed - s.elapsed).Seconds() / took.Seconds()
	s.sent = float64(messages-s.messages) / took.Seconds()
	s.at, s.elapsed, s.messages = now, at.Elapsed, messages
	return true
}

func (s *speed) line(at scenario.Progress) string {
	return fmt.Sprintf("%-9s cycle %d of %d, %d peers, %v, %.1f s/s, %.2f M %s/s",
		at.Phase, at.Cycle, at.Cycles, at.Alive, at.Elapsed.Round(time.Second), s.virtual, s.sent/1e6, s.what)
}
