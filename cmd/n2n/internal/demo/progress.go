package demo

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/n2n-overlay/n2n/internal/console"
)

// progress shows on standard error how far a demo is: a bar on a terminal, and a line
// for each finished step. With --json there are no lines.
type progress struct {
	*console.Console
	quiet bool
	bar   *progressbar.ProgressBar
}

func newProgress(c *console.Console, quiet bool) *progress {
	return &progress{Console: c, quiet: quiet}
}

// step begins a step with this number of parts.
func (p *progress) step(what string, parts int) {
	if !p.Terminal {
		return
	}
	p.bar = progressbar.NewOptions(parts,
		progressbar.OptionSetWriter(p.Err),
		progressbar.OptionSetDescription(fmt.Sprintf("%-24s", what)),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(32),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionThrottle(50*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

// at sets how many parts of the step are done.
func (p *progress) at(parts int) {
	if p.bar != nil {
		_ = p.bar.Set(parts) // a bar that cannot be drawn is no reason to stop
	}
}

// done ends the step.
func (p *progress) done(format string, args ...any) {
	p.clear()
	if !p.quiet {
		p.Say(format, args...)
	}
}

// clear removes the bar.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
