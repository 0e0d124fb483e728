package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/loopback"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

func newLab(c *console.Console) *cobra.Command {
	var (
		world, detail string
		asked         lab.Output
	)
	cmd := &cobra.Command{
		Use:   "lab [SCRIPT]",
		Short: "Drive named peers by a script, or line by line",
		Long: `Drive named peers, simulated or over WebRTC on this machine. Without SCRIPT the
lines are read from standard input; on a terminal, as they are typed. A script is
checked as a whole before anything runs. A verb that fails is told, and the script
goes on; the exit code stays 0.

` + lab.Help(),
		Example: console.Examples(
			"n2n lab                          line by line",
			"n2n lab script.txt               in the simulated world, the same every time",
			"n2n lab --world wrtc script.txt  the same over real WebRTC",
			"n2n lab --detail arcs script.txt the same without actors, as scenarios of many peers run",
		),
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.Out = c.Out
			start, err := labWorld(c, world, detail)
			if err != nil {
				return err
			}
			again := ""
			if world == "sim" {
				again = "n2n lab --detail " + detail
			}
			return runLab(cmd.Context(), c, start, again, args, asked)
		},
	}
	cmd.Flags().StringVar(&world, "world", "sim", "`world` that the peers live in: sim or wrtc")
	cmd.Flags().StringVar(&detail, "detail", scenario.DetailActors, "`level` of detail of the simulated world: actors or arcs")
	cmd.Flags().BoolVar(&asked.JSON, "json", false, "print one JSON object a line")
	return cmd
}

func labWorld(c *console.Console, name, detail string) (func() (worlds.World, error), error) {
	switch {
	case name != "sim" && name != "wrtc":
		return nil, console.Usagef("--world is %q, must be sim or wrtc", name)
	case detail != scenario.DetailActors && detail != scenario.DetailArcs:
		return nil, console.Usagef("--detail is %q, must be actors or arcs", detail)
	case name == "sim" && detail == scenario.DetailArcs:
		return lab.Arcs, nil
	case name == "sim":
		return func() (worlds.World, error) { return lab.Sim(c.Logger()) }, nil
	case detail == scenario.DetailArcs:
		return nil, console.Usagef("--detail arcs is a level of the simulated world: peers over WebRTC have actors")
	default:
		return func() (worlds.World, error) { return loopback.New(loopback.Config{Logger: c.Logger()}) }, nil
	}
}

// runLab runs the script that args name, or the lines of standard input. again is the
// command that does the same again, if there is one.
func runLab(ctx context.Context, c *console.Console, start func() (worlds.World, error), again string, args []string, out lab.Output) error {
	typed := len(args) == 0 && isTerminal(c.In)
	var script []lab.Statement
	if !typed {
		file, text, err := labScript(ctx, c, args)
		if err != nil {
			return err
		}
		if script, err = lab.Parse(file, bytes.NewReader(text)); err != nil {
			out.Refuse(err)
			return console.Usage(err)
		}
	}
	world, err := start()
	if err != nil {
		return err
	}
	l := lab.New(world)
	if typed {
		err = l.Talk(ctx, c.In, c.Err, out)
	} else {
		err = l.Run(ctx, script, out)
	}
	err = errors.Join(err, l.Close())
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && typed:
		return nil
	case ctx.Err() != nil:
		return console.ErrInterrupted
	case again != "" && len(args) > 0:
		return fmt.Errorf("lab: %w; the same again: %s %s", err, again, args[0])
	default:
		return fmt.Errorf("lab: %w", err)
	}
}

// labScript reads the whole script; nothing may run before it is known to be right.
func labScript(ctx context.Context, c *console.Console, args []string) (file string, text []byte, err error) {
	if len(args) > 0 && args[0] != "-" {
		if text, err = os.ReadFile(args[0]); err != nil {
			return "", nil, console.Usage(err)
		}
		return args[0], text, nil
	}
	type input struct {
		text []byte
		err  error
	}
	read := make(chan input, 1)
	go func() {
		text, err := io.ReadAll(c.In)
		read <- input{text, err}
	}()
	select {
	case in := <-read:
		return "stdin", in.text, in.err
	case <-ctx.Done():
		return "", nil, console.ErrInterrupted
	}
}

func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
