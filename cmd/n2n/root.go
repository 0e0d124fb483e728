package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/console"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell says of a program that Ctrl-C ended
)

// usageError is the error of a wrong call of the command.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs the command with args until it ends or ctx is done, and returns the exit
// code. Nothing that it started is left when it returns, except a reader that waits
// for stdin.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := console.New(stdin, stdout, stderr)
	running := false // an error before that is one of usage
	root := newRoot(c)
	root.PersistentPreRun = func(*cobra.Command, []string) { running = true }
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(c.Err)

	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, console.ErrInterrupted):
		c.Say("n2n: interrupted")
		return exitInterrupted
	case errors.As(err, &usage) || !running:
		c.Say("n2n: %v", err)
		c.Say("See '%s --help'.", cmd.CommandPath())
		return exitUsage
	default:
		c.Say("n2n: %v", err)
		return exitFailed
	}
}

func newRoot(c *console.Console) *cobra.Command {
	root := &cobra.Command{
		Use:   "n2n",
		Short: "Overlays of peers that are each other's signaling servers",
		Long: `n2n connects peers by WebRTC. A peer enters through a signaling server; from
then on its neighbours introduce it to others and relay the offers and answers.`,
		Example: `  n2n demo                                               the whole story, in one process
  n2n signal --listen :5555                              a signaling server
  n2n peer --signal ws://localhost:5555 --room lobby     a peer
  n2n lab script.txt                                     peers driven by a script
  n2n sim run steady --peers 1000                        an experiment`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().BoolVar(&c.Verbose, "verbose", false, "log everything to standard error")
	root.AddCommand(newDemo(c), newSignal(c), newPeer(c), newLab(c), newSim(c))
	return root
}

// examples joins the lines of a command's examples.
func examples(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }
