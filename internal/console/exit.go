package console

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitInterrupted = 130 // as a shell says of a program that Ctrl-C ended
)

// ErrInterrupted is the error of a command that was stopped before it had finished.
var ErrInterrupted = errors.New("interrupted")

// ErrDiffer is the error of a command that compares, when it has said that things differ.
var ErrDiffer = errors.New("they differ")

// UsageError is the error of a wrong call of the command.
type UsageError struct{ error }

// Usage makes an error one of a wrong call.
func Usage(err error) error { return UsageError{err} }

// Usagef is fmt.Errorf for a wrong call.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Unwrap returns what was wrong.
func (e UsageError) Unwrap() error { return e.error }

// Execute runs a command with args until it ends or ctx is done, says what went wrong, and
// returns the exit code. Nothing that it started is left when it returns, except a reader
// that waits for stdin.
func (c *Console) Execute(ctx context.Context, root *cobra.Command, args []string) int {
	running := false // an error before that is one of usage
	root.PersistentPreRun = func(*cobra.Command, []string) { running = true }
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().BoolVar(&c.Verbose, "verbose", false, "log everything to standard error")
	root.SetArgs(args)
	root.SetIn(c.In)
	root.SetOut(c.Out)
	root.SetErr(c.Err)

	cmd, err := root.ExecuteContextC(ctx)
	var usage UsageError
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, ErrInterrupted):
		c.Say("%s: interrupted", root.Name())
		return ExitInterrupted
	case errors.Is(err, ErrDiffer):
		return ExitFailed
	case errors.As(err, &usage) || !running:
		c.Say("%s: %v", root.Name(), err)
		c.Say("See '%s --help'.", cmd.CommandPath())
		return ExitUsage
	default:
		c.Say("%s: %v", root.Name(), err)
		return ExitFailed
	}
}

// Examples joins the lines of a command's examples.
func Examples(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }
