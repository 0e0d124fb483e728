package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// bench is what the commands share.
type bench struct {
	*console.Console
	called string // as a user calls the commands, such as n2n sim
	kinds  []catalog.Kind
}

// Main runs the commands with the arguments of the program, and ends the program. Scenarios
// can name the protocols that ship, and those of kinds.
func Main(kinds ...catalog.Kind) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal does not wait for the end in order
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	os.Exit(Run(ctx, append([]string{name}, os.Args[1:]...), os.Stdout, os.Stderr, kinds...))
}

// Run is Main without the end of the program: it returns the exit code. The first of args is
// how a user calls the commands: the name of the program, or also that of a command of it,
// such as "average sim". The commands stop when ctx is done.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, kinds ...catalog.Kind) int {
	c := console.New(strings.NewReader(""), stdout, stderr)
	cmd, rest := Command(c, args[0], append(catalog.Shipped(), kinds...)), args[1:]
	if program, name, within := strings.Cut(args[0], " "); within {
		root := &cobra.Command{Use: program}
		root.AddCommand(cmd)
		cmd, rest = root, append([]string{name}, rest...)
	}
	return c.Execute(ctx, cmd, rest)
}

// Command makes the commands. called is how a user calls them; its last word is the name of
// the returned command.
func Command(c *console.Console, called string, kinds []catalog.Kind) *cobra.Command {
	b := &bench{c, called, kinds}
	words := strings.Fields(called)
	cmd := &cobra.Command{
		Use:   words[len(words)-1],
		Short: "Run experiments with thousands of simulated peers",
		Long: `Run scenarios: peers enter, run for some cycles, crash, leave, come and go or are
cut off from each other, and their overlay is measured meanwhile. In the simulated
world time is virtual, and the same seed gives the same run.`,
		Example: b.examples(
			"list                                    the scenarios that ship",
			"show steady                             the file of one, to copy and change",
			"metrics                                 what is measured",
			"run steady --peers 1000 --cycles 30     one of them",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(b.newRun(), b.newSweep(), b.newDiff(), b.newList(), b.newShow(), b.newMetrics())
	return cmd
}

// options are those that scenarios are loaded with.
func (b *bench) options() scenario.Options {
	return scenario.Options{Kinds: b.kinds, Program: b.called}
}

// errorf is fmt.Errorf, with the words of the call behind the program's name before it.
func (b *bench) errorf(format string, args ...any) error {
	if _, group, ok := strings.Cut(b.called, " "); ok {
		format = strings.ReplaceAll(group, "%", "%%") + " " + format
	}
	return fmt.Errorf(format, args...)
}

// usagef is errorf for a wrong call.
func (b *bench) usagef(format string, args ...any) error {
	return console.Usage(b.errorf(format, args...))
}

// examples are the lines of examples of a command, without what each begins with.
func (b *bench) examples(lines ...string) string {
	for i, line := range lines {
		lines[i] = b.called + " " + line
	}
	return console.Examples(lines...)
}
