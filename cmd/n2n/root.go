package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/bench"
	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/internal/console"
)

// run runs the command with args until it ends or ctx is done, and returns the exit
// code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := console.New(stdin, stdout, stderr)
	return c.Execute(ctx, newRoot(c), args)
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
	}
	root.AddCommand(newDemo(c), newSignal(c), newPeer(c), newLab(c), bench.Command(c, "n2n sim", catalog.Shipped()))
	return root
}
